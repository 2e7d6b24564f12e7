import type { AttributeValue } from './span.ts'

/**
 * Log records as the pipeline sees them: only those that may announce an open span. All others are
 * skipped by the receiver, uncopied.
 */

/** Event names of our own announcements. */
export const ANNOUNCEMENT_EVENTS: readonly string[] = ['span.open', 'span.closed']

/** The attribute that marks a partial span: `heartbeat` or `stop`. */
export const PARTIAL_EVENT = 'partial.event'

/**
 * Attributes of announcements that come as logs. A receiver takes these beside the columns that are
 * asked for: as columns they would widen every row of spans.
 */
export const ANNOUNCEMENT_KEYS: readonly string[] = [
  'service.name',
  'service.instance.id',
  'span.name',
  'span.lifecycle',
  'span.kind',
  'span.parent_span_id',
  'span.parent_is_remote',
  'span.start_time_unix_nano',
  'span.age_ms',
  'span.seq',
  'span.heartbeat_ms',
  'span.last_progress_age_ms',
  'span.close_reason',
  'span.status_code',
  'span.duration_ms',
  'spanpager.boot_id',
  'spanpager.request',
  'error.type',
  'http.response.status_code',
  PARTIAL_EVENT,
  'partial.frequency',
  'partial.body.type',
]

/** By key: those that somebody asks for and {@link ANNOUNCEMENT_KEYS}, where they have a value. */
export type LogAttributes = ReadonlyMap<string, AttributeValue>

/**
 * A log record whose event name is one of {@link ANNOUNCEMENT_EVENTS}, or that has the attribute
 * {@link PARTIAL_EVENT}.
 */
export interface LogRecord {
  /** Empty = neither of the two. */
  readonly eventName: string
  /**
   * 32 hex digits, lower case. Only of a partial span either id may be empty: some are logged from a
   * thread that has no span, and the body has the ids anyway.
   */
  readonly traceId: string
  /** 16 hex digits, lower case. */
  readonly spanId: string
  /** 0 = unknown. */
  readonly timeUnixNano: bigint
  /** 0 = unknown. */
  readonly observedTimeUnixNano: bigint
  readonly attributes: LogAttributes
  /** Of the resource; one object for all records of it. */
  readonly resource: LogAttributes
  /** Empty when the scope has none. */
  readonly scopeName: string
  /**
   * Only of a partial span: the text that holds the whole span. Undefined when the body is absent, no
   * string, or longer than 1 MiB.
   */
  readonly body: string | undefined
}

/** Decoded log records of one OTLP request; plain objects, which may be kept. */
export interface LogBatch {
  readonly records: readonly LogRecord[]
}
