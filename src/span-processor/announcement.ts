import { cutTextTo } from '../lib/cut-text.ts'
import { printableErrorType } from '../selection/error-type.ts'
import { millisOf, type HrTime, type SdkSpan } from './sdk-span.ts'
import { exceptionTypeOf } from './span-view.ts'
import type { TrackedSpan } from './tracker.ts'

export type CloseReason = 'ended' | 'shutdown' | 'leaked' | 'dropped'

/** One announcement, before it is encoded. */
export interface Announcement {
  readonly tracked: TrackedSpan
  readonly lifecycle: 'open' | 'closed'
  readonly attributes: Readonly<Record<string, AnnouncedValue>>
}

export type AnnouncedValue = string | number | boolean | (string | number | boolean)[]

/** The span's own attributes that an announcement carries. Never prompts. */
export const ANNOUNCED_ATTRIBUTES: readonly string[] = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.request.model',
  'gen_ai.request.stream',
  'gen_ai.response.time_to_first_chunk',
  'server.address',
  'http.request.method',
  'http.route',
  'llm.model_name',
  'openinference.span.kind',
  'ai.model.id',
  'ai.operationId',
]

/** Longer values are cut: these are names. */
const MAX_LENGTH = 200

const FIRST_CHUNK = 'gen_ai.response.time_to_first_chunk'

/** Numbers of the API. */
const KIND_NAMES = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR']
const ERROR = 2

/** What instrumentations record when a chunk of the answer comes: Vercel AI, OpenLLMetry, OpenInference. */
const CHUNK_EVENTS: ReadonlySet<string> = new Set([
  'ai.stream.firstChunk',
  'llm.content.completion.chunk',
  'First Token Stream Event',
])

export interface AnnouncementOptions {
  readonly bootId: string
  readonly heartbeatMs: number
  /** Names beyond {@link ANNOUNCED_ATTRIBUTES}. */
  readonly attributes: readonly string[]
}

/** Makes announcements of one process. `nowMs` is of `performance.now()`. */
export interface Announcements {
  open(tracked: TrackedSpan, seq: number, nowMs: number): Announcement
  closed(tracked: TrackedSpan, seq: number, nowMs: number, reason: CloseReason): Announcement
}

export function createAnnouncements(options: AnnouncementOptions): Announcements {
  const own = [...new Set([...ANNOUNCED_ATTRIBUTES, ...options.attributes])]

  const common = (
    tracked: TrackedSpan,
    lifecycle: Announcement['lifecycle'],
    seq: number,
    nowMs: number,
  ): Record<string, AnnouncedValue> => {
    const { span } = tracked
    const attributes: Record<string, AnnouncedValue> = {
      'span.lifecycle': lifecycle,
      'span.kind': KIND_NAMES[span.kind] ?? 'INTERNAL',
      'span.parent_is_remote': tracked.parent === 'remote',
      'span.start_time_unix_nano': unixNanoOf(span.startTime),
      'span.age_ms': Math.max(0, Math.round(nowMs - tracked.startedMs)),
      'span.seq': seq,
      'span.heartbeat_ms': options.heartbeatMs,
      'spanpager.boot_id': options.bootId,
      // Only the outermost are announced, see outermost.ts.
      'spanpager.request': true,
    }
    for (const key of own) {
      const value = announcedValueOf(span.attributes[key])
      if (value !== undefined) attributes[key] = value
    }
    const progress = progressOf(tracked)
    if (progress !== undefined) {
      attributes['span.last_progress_age_ms'] = Math.max(0, Math.round(nowMs - progress.lastMs))
      attributes[FIRST_CHUNK] ??= Math.max(0, progress.firstMs - tracked.startedMs) / 1000
    }
    return attributes
  }

  return {
    open: (tracked, seq, nowMs) => ({
      tracked,
      lifecycle: 'open',
      attributes: common(tracked, 'open', seq, nowMs),
    }),
    closed(tracked, seq, nowMs, reason) {
      const attributes = common(tracked, 'closed', seq, nowMs)
      attributes['span.close_reason'] = reason
      if (reason === 'ended') Object.assign(attributes, endOf(tracked.span))
      return { tracked, lifecycle: 'closed', attributes }
    },
  }
}

function endOf(span: SdkSpan): Record<string, AnnouncedValue> {
  const { code } = span.status
  const end: Record<string, AnnouncedValue> = {
    'span.status_code': STATUS_NAMES[code] ?? 'UNSET',
    'span.duration_ms': Math.max(0, millisOf(span.duration)),
  }
  const errorType = span.attributes['error.type'] ?? (code === ERROR ? exceptionTypeOf(span) : '')
  if (typeof errorType === 'string' && errorType !== '') {
    end['error.type'] = printableErrorType(errorType)
  }
  const httpStatus =
    span.attributes['http.response.status_code'] ?? span.attributes['http.status_code']
  if (typeof httpStatus === 'number') end['http.response.status_code'] = httpStatus
  return end
}

/** What `progress(span)` was told, else the events that instrumentations record for chunks. */
function progressOf({ span, startedMs, progress }: TrackedSpan): TrackedSpan['progress'] {
  if (progress !== undefined) return progress
  const first = span.events.find(({ name }) => CHUNK_EVENTS.has(name))
  const last = span.events.findLast(({ name }) => CHUNK_EVENTS.has(name))
  if (first === undefined || last === undefined) return undefined
  const ownClockMs = startedMs - millisOf(span.startTime)
  return {
    firstMs: millisOf(first.time) + ownClockMs,
    lastMs: millisOf(last.time) + ownClockMs,
  }
}

function unixNanoOf([seconds, nanos]: HrTime): string {
  return String(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.round(nanos)))
}

function announcedValueOf(value: unknown): AnnouncedValue | undefined {
  if (typeof value === 'string') return cutTextTo(value, MAX_LENGTH)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (!Array.isArray(value)) return undefined
  const elements: (string | number | boolean)[] = []
  for (const element of value) {
    const announced = announcedValueOf(element)
    if (announced !== undefined && typeof announced !== 'object') elements.push(announced)
  }
  return elements
}
