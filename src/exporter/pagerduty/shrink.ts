import { cutText } from '../page-text.ts'
import { MAX_BODY_BYTES } from './wire.ts'
import type { Details, DetailValue, PagerDutyEvent, Payload } from './wire.ts'

/** What a long value keeps. */
const LONG_VALUE = 256

/** Details that stay when the others go: numbers and short texts of ours. */
const CORE_DETAILS: ReadonlySet<string> = new Set([
  'deployment',
  'rule',
  'late_page',
  'count',
  'threshold',
  'window',
  'requests',
  'failure_ratio',
  'waiting_threshold',
  'longest_wait',
  'open',
  'reason',
  'duration',
  'peak',
  'total',
])

const STEPS: readonly {
  readonly says: string
  readonly cut: (event: PagerDutyEvent) => PagerDutyEvent
}[] = [
  { says: 'sample traces and links left out', cut: withoutSamples },
  { says: `values cut to ${LONG_VALUE} characters`, cut: withShortValues },
  { says: 'most details left out', cut: withCoreDetails },
]

/**
 * The event as JSON of at most `maxBytes`, made smaller step by step: samples, long values, details,
 * and at last the minimal event. `custom_details.shortened` says what was cut.
 */
export function encodeEvent(event: PagerDutyEvent, maxBytes = MAX_BODY_BYTES): string {
  let body = JSON.stringify(event)
  let smaller = event
  const shortened: string[] = []
  for (const { says, cut } of STEPS) {
    if (Buffer.byteLength(body) <= maxBytes) return body
    smaller = cut(smaller)
    shortened.push(says)
    body = JSON.stringify(withDetails(smaller, (details) => ({ ...details, shortened })))
  }
  return Buffer.byteLength(body) <= maxBytes ? body : JSON.stringify(minimalEvent(event))
}

/**
 * What PagerDuty requires and no more, for when the full event was refused: a page without details
 * is better than none. A resolve is bare.
 */
export function minimalEvent(event: PagerDutyEvent): PagerDutyEvent {
  const { routing_key, dedup_key } = event
  if (event.event_action === 'resolve') return { routing_key, event_action: 'resolve', dedup_key }
  const { summary, source, severity } = event.payload
  return {
    routing_key,
    event_action: 'trigger',
    dedup_key,
    payload: {
      summary,
      source: cutText(source, LONG_VALUE),
      severity,
      custom_details: { shortened: ['all details left out'] },
    },
  }
}

function withoutSamples(event: PagerDutyEvent): PagerDutyEvent {
  const lighter = withDetails(event, ({ sample_trace_ids: _samples, ...details }) => details)
  if (lighter.event_action === 'resolve') return lighter
  const { links: _links, ...rest } = lighter
  return rest
}

function withShortValues(event: PagerDutyEvent): PagerDutyEvent {
  const lighter = withDetails(event, (details) =>
    Object.fromEntries(Object.entries(details).map(([name, value]) => [name, shortValue(value)])),
  )
  return withPayload(lighter, (payload) => ({
    ...payload,
    source: cutText(payload.source, LONG_VALUE),
    ...(payload.component !== undefined && { component: cutText(payload.component, LONG_VALUE) }),
    ...(payload.group !== undefined && { group: cutText(payload.group, LONG_VALUE) }),
  }))
}

function shortValue(value: DetailValue): DetailValue {
  if (typeof value === 'string') return cutText(value, LONG_VALUE)
  if (typeof value !== 'object') return value
  if (isList(value)) return value.map((item) => cutText(item, LONG_VALUE))
  const entries = Object.entries(value).map(([name, item]) => [
    cutText(name, LONG_VALUE),
    typeof item === 'string' ? cutText(item, LONG_VALUE) : item,
  ])
  return Object.fromEntries(entries)
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value)
}

function withCoreDetails(event: PagerDutyEvent): PagerDutyEvent {
  return withDetails(event, (details) =>
    Object.fromEntries(Object.entries(details).filter(([name]) => CORE_DETAILS.has(name))),
  )
}

function withDetails(event: PagerDutyEvent, change: (details: Details) => Details): PagerDutyEvent {
  return withPayload(event, (payload) =>
    payload.custom_details === undefined
      ? payload
      : { ...payload, custom_details: change(payload.custom_details) },
  )
}

function withPayload(event: PagerDutyEvent, change: (payload: Payload) => Payload): PagerDutyEvent {
  if (event.event_action === 'trigger') return { ...event, payload: change(event.payload) }
  return event.payload === undefined ? event : { ...event, payload: change(event.payload) }
}
