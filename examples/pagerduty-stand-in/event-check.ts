import { isBlank, isObject, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/**
 * What the Events API v2 refuses, in its own words where they are known.
 * Source: https://developer.pagerduty.com/docs/send-alert-event
 */

export type EventAction = 'trigger' | 'acknowledge' | 'resolve'

export interface CheckedEvent {
  readonly routingKey: string
  readonly action: EventAction
  /** Absent: the server makes one. */
  readonly dedupKey: string | undefined
  readonly fields: JsonObject
  /** Empty where a resolve came without. */
  readonly payload: JsonObject
}

export type Checked<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly errors: readonly string[] }

const SEVERITIES: ReadonlySet<unknown> = new Set(['critical', 'error', 'warning', 'info'])

const MAX_SUMMARY = 1024
const MAX_DEDUP_KEY = 255

const ISO_8601 =
  /^\d{4}-\d{2}-\d{2}([T ]\d{2}:?\d{2}(:?\d{2}([.,]\d+)?)?\s?(Z|[+-]\d{2}:?(\d{2})?)?)?$/

/** Checks an event of `/v2/enqueue`. Unknown fields are ignored, as PagerDuty does. */
export function checkEvent(body: unknown, knows: (key: string) => boolean): Checked<CheckedEvent> {
  if (!isObject(body)) return { kind: 'invalid', errors: ['Event must be a JSON object'] }
  const errors = routingKeyErrors(body['routing_key'], knows)
  const action = body['event_action']
  if (isBlank(action)) errors.push("'event_action' is missing or blank")
  else if (!isAction(action)) {
    errors.push("'event_action' is invalid (must be one of: trigger, acknowledge, resolve)")
  }
  errors.push(...dedupKeyErrors(body['dedup_key'], action))
  const payload = body['payload']
  if (isObject(payload)) errors.push(...payloadErrors(payload))
  else if (action === 'trigger' && isBlank(payload)) errors.push("'payload' is missing or blank")
  else if (!isBlank(payload)) errors.push("'payload' must be an object")
  errors.push(...textErrors(body, '', ['client', 'client_url']))
  errors.push(...linkErrors(body['links']), ...imageErrors(body['images']))
  const routingKey = textOf(body['routing_key'])
  if (errors.length > 0 || routingKey === undefined || !isAction(action)) {
    return { kind: 'invalid', errors }
  }
  const value = {
    routingKey,
    action,
    dedupKey: isBlank(body['dedup_key']) ? undefined : textOf(body['dedup_key']),
    fields: body,
    payload: isObject(payload) ? payload : {},
  }
  return { kind: 'valid', value }
}

export interface CheckedChange {
  readonly routingKey: string
  readonly summary: string
}

/** Checks an event of `/v2/change/enqueue`. */
export function checkChangeEvent(
  body: unknown,
  knows: (key: string) => boolean,
): Checked<CheckedChange> {
  if (!isObject(body)) return { kind: 'invalid', errors: ['Event must be a JSON object'] }
  const errors = routingKeyErrors(body['routing_key'], knows)
  const payload = body['payload']
  if (isObject(payload)) {
    errors.push(...summaryErrors(payload['summary']), ...optionalPayloadErrors(payload))
  } else errors.push("'payload' is missing or blank")
  errors.push(...linkErrors(body['links']))
  const routingKey = textOf(body['routing_key'])
  const summary = isObject(payload) ? textOf(payload['summary']) : undefined
  if (errors.length > 0 || routingKey === undefined || summary === undefined) {
    return { kind: 'invalid', errors }
  }
  return { kind: 'valid', value: { routingKey, summary } }
}

function routingKeyErrors(key: unknown, knows: (key: string) => boolean): string[] {
  if (isBlank(key)) return ["'routing_key' is missing or blank"]
  if (typeof key !== 'string') return ["'routing_key' must be a string"]
  const errors: string[] = []
  if (key.length !== 32) {
    errors.push("Length of 'routing_key' is incorrect (should be 32 characters)")
  }
  if (!/^[A-Za-z0-9]*$/.test(key)) {
    errors.push("'routing_key' cannot contain non-alphanumeric characters.")
  }
  if (errors.length === 0 && !knows(key)) errors.push('Invalid routing key')
  return errors
}

function dedupKeyErrors(key: unknown, action: unknown): string[] {
  if (isBlank(key)) {
    return action === 'acknowledge' || action === 'resolve'
      ? ["'dedup_key' is missing or blank"]
      : []
  }
  if (typeof key !== 'string') return ["'dedup_key' must be a string"]
  if (characters(key) <= MAX_DEDUP_KEY) return []
  return [`'dedup_key' is too long (maximum is ${MAX_DEDUP_KEY} characters)`]
}

function payloadErrors(payload: JsonObject): string[] {
  const errors = summaryErrors(payload['summary'])
  if (isBlank(payload['source'])) errors.push("'payload.source' is missing or blank")
  const severity = payload['severity']
  if (isBlank(severity)) errors.push("'payload.severity' is missing or blank")
  else if (!SEVERITIES.has(severity)) {
    errors.push("'payload.severity' is invalid (must be one of: critical, error, warning, info)")
  }
  return [...errors, ...optionalPayloadErrors(payload)]
}

function summaryErrors(summary: unknown): string[] {
  if (isBlank(summary)) return ["'payload.summary' is missing or blank"]
  if (typeof summary !== 'string') return ["'payload.summary' must be a string"]
  if (characters(summary) <= MAX_SUMMARY) return []
  return [`'payload.summary' is too long (maximum is ${MAX_SUMMARY} characters)`]
}

function optionalPayloadErrors(payload: JsonObject): string[] {
  const errors = textErrors(payload, 'payload.', ['source', 'component', 'group', 'class'])
  const timestamp = payload['timestamp']
  if (timestamp !== undefined && timestamp !== null) {
    const valid =
      typeof timestamp === 'string' &&
      ISO_8601.test(timestamp) &&
      !Number.isNaN(Date.parse(timestamp))
    if (!valid) errors.push("'payload.timestamp' is not a valid ISO 8601 timestamp")
  }
  const details = payload['custom_details']
  if (details !== undefined && details !== null && !isObject(details)) {
    errors.push("'payload.custom_details' must be an object")
  }
  return errors
}

function textErrors(object: JsonObject, prefix: string, names: readonly string[]): string[] {
  return names
    .filter((name) => (object[name] ?? undefined) !== undefined && typeof object[name] !== 'string')
    .map((name) => `'${prefix}${name}' must be a string`)
}

function linkErrors(links: unknown): string[] {
  if (links === undefined || links === null) return []
  if (!Array.isArray(links)) return ["'links' must be an array"]
  return links.flatMap((link: unknown, index) => {
    if (!isObject(link)) return [`'links[${index}]' must be an object`]
    if (isBlank(link['href'])) return [`'links[${index}].href' is missing or blank`]
    return textErrors(link, `links[${index}].`, ['href', 'text'])
  })
}

function imageErrors(images: unknown): string[] {
  if (images === undefined || images === null) return []
  if (!Array.isArray(images)) return ["'images' must be an array"]
  return images.flatMap((image: unknown, index) => {
    if (!isObject(image)) return [`'images[${index}]' must be an object`]
    const src = image['src']
    if (typeof src !== 'string' || !src.startsWith('https://')) {
      return [`'images[${index}].src' must be an https address`]
    }
    return textErrors(image, `images[${index}].`, ['href', 'alt'])
  })
}

/** Code points, as PagerDuty counts. */
function characters(text: string): number {
  return Array.from(text).length
}

function isAction(value: unknown): value is EventAction {
  return value === 'trigger' || value === 'acknowledge' || value === 'resolve'
}
