import type { AttemptResult } from '../../model/component.ts'
import { cleanText, cutText } from '../page-text.ts'
import type { Exchange } from './client.ts'

/** What an exchange means, or that these very bytes are not to be sent again. */
export type Verdict = AttemptResult | { readonly kind: 'invalid'; readonly reason: string }

const MAX_REASON = 300

/** Longer wishes are taken for a mistake: a page would wait for hours. */
const MAX_RETRY_AFTER_MS = 3_600_000

const CHECK_KEY =
  'check that routing_key is the integration key (32 letters and digits) of an Events API v2 ' +
  'integration of an enabled service, not a REST API key, and that the endpoint is of the ' +
  "account's region"

/**
 * Judges an exchange.
 *
 * | answer                                | verdict                                       |
 * | ------------------------------------- | --------------------------------------------- |
 * | 2xx                                   | delivered, whatever the body                  |
 * | 400 that names the routing key        | misconfigured                                 |
 * | other 400, 413, 422                   | invalid                                       |
 * | 408, 425, 5xx, none                   | retry                                         |
 * | 429                                   | retry, for the whole destination              |
 * | redirects, other 4xx (401, 403, 407)  | misconfigured: a proxy, or a wrong endpoint   |
 *
 * No reason ever holds the routing key, whatever the other side says.
 */
export function judge(exchange: Exchange, routingKey: string, nowMs: number): Verdict {
  const say = (text: string) => cutText(cleanText(withoutKey(text, routingKey)), MAX_REASON)
  if (exchange.kind === 'no_answer') {
    return { kind: 'retry', reason: say(exchange.reason), wholeDestination: false }
  }
  const { status } = exchange
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const errors = errorsOf(exchange.body)
  const reason = say(`HTTP ${status}${errors === '' ? '' : `: ${errors}`}`)
  if (status === 400 && namesRoutingKey(errors)) {
    return { kind: 'misconfigured', reason: `${reason}; ${CHECK_KEY}` }
  }
  if (status === 400 || status === 413 || status === 422) return { kind: 'invalid', reason }
  if (status === 429) {
    const afterMs = retryAfterMs(exchange.retryAfter, nowMs)
    return {
      kind: 'retry',
      reason,
      wholeDestination: true,
      ...(afterMs !== undefined && { afterMs }),
    }
  }
  if (status === 408 || status === 425 || status >= 500) {
    return { kind: 'retry', reason, wholeDestination: false }
  }
  return { kind: 'misconfigured', reason: `${reason}; check endpoint and proxy` }
}

/** Retry-After in ms: seconds, or an HTTP date. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS)
  // Dates are written in letters; Date.parse takes `-5` for a year.
  const at = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), MAX_RETRY_AFTER_MS)
}

/** PagerDuty's own words; an error page of somebody else has none worth a log line. */
function errorsOf(body: string): string {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    // One of its gateways answers in plain text.
    return /^\s*invalid (routing|service|integration) key/i.test(body) ? body : ''
  }
  if (typeof answer === 'string') return answer
  if (typeof answer !== 'object' || answer === null) return ''
  const { message, errors } = answer as { message?: unknown; errors?: unknown }
  const list = (Array.isArray(errors) ? errors : [errors]).filter(
    (item) => typeof item === 'string',
  )
  if (list.length > 0) return list.join('; ')
  return typeof message === 'string' ? message : ''
}

function namesRoutingKey(errors: string): boolean {
  return /\b(routing|service|integration)[ _-]?key/i.test(errors)
}

function withoutKey(text: string, routingKey: string): string {
  if (routingKey === '') return text
  const pattern = new RegExp(routingKey.replace(/[^A-Za-z0-9]/g, String.raw`\$&`), 'gi')
  return text.replace(pattern, '(routing key)')
}
