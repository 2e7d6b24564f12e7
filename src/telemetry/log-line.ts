import { cutTextTo } from '../lib/cut-text.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogEncoding = 'console' | 'json'

/** What a line says beside its message. Names in snake_case; undefined values are left out. */
export type LogFields = Readonly<Record<string, unknown>>

/** Senders choose some values, service names for instance; a line must stay a line. */
const MAX_VALUE_LENGTH = 1024

/**
 * One line, with its end:
 * - console: `2026-11-25T12:00:00.000Z<tab>info<tab>message<tab>{"key": "value"}`, as the Collector's
 * - json: `{"ts":"2026-11-25T12:00:00.000Z","level":"info","msg":"message","key":"value"}`
 */
export function formatLine(
  encoding: LogEncoding,
  timeMs: number,
  level: LogLevel,
  message: string,
  fields: LogFields,
): string {
  const ts = new Date(timeMs).toISOString()
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  if (encoding === 'json') {
    return `${json({ ts, level, msg: message, ...Object.fromEntries(entries) })}\n`
  }
  const columns = [ts, level, visible(message)]
  const pairs = entries.map(([key, value]) => `${json(key)}: ${json(value)}`)
  if (pairs.length > 0) columns.push(`{${pairs.join(', ')}}`)
  return `${columns.join('\t')}\n`
}

function json(value: unknown): string {
  return visible(JSON.stringify(value, plain))
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string' && value.length > MAX_VALUE_LENGTH) {
    return `${cutTextTo(value, MAX_VALUE_LENGTH)}… (${value.length} characters)`
  }
  return value
}

/**
 * Escapes what a terminal would act on or not show: control characters, line separators, and those
 * that turn the direction of the text. The escapes are JSON's.
 */
function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => ESCAPES[character] ?? escapeUnits(character),
  )
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeUnits(character: string): string {
  let escaped = ''
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  return escaped
}
