import type { HangEvidence } from '../../model/alert.ts'
import type { DecidedRequest, KnownRequest, OpenRequest } from '../../model/record.ts'
import type { RuleDefinition } from './definition.ts'

/** What is kept of a request that counts. */
export type CountedRequest = Pick<KnownRequest, 'traceId' | 'spanId' | 'facts' | 'service'>

/** What is kept of a hang that has not ended. */
export interface OpenSince {
  readonly startNano: number
  /** The last sign of an answer; undefined = there was none. */
  readonly progressNano: number | undefined
}

/**
 * The time in which a request counts as failed or hanging, in event time: `[start, end)`. A failure
 * is the point of its end; a hang that lasted no longer than its threshold is a point too. The end is
 * Infinity while nobody knows it. Only a hang that was lost before it began may start after its end,
 * but less than a window after it.
 */
export interface Occurrence {
  readonly start: number
  readonly end: number
  /** For hangs; Infinity = the answer is still waited for. 0 for failures. */
  readonly waitingNano: number
  readonly request: CountedRequest
  /** Absent when the request has ended. */
  readonly open?: OpenSince
  /** Why a hang is believed; of no meaning for failures. */
  evidence: HangEvidence
  /** It is in the total of the open episode. */
  counted: boolean
}

/**
 * How a request counts for a rule; undefined = not at all. `waitingNano` makes a hang. Of what is open
 * only rules of hangs may be asked.
 */
export function occurrenceOf(
  definition: RuleDefinition,
  request: KnownRequest,
  waitingNano: number,
): Occurrence | undefined {
  if (request.state === 'open') return openHang(definition, request, waitingNano)
  const known = { request, evidence: 'ended', counted: false } as const
  if (definition.rule.on === 'failures') {
    if (request.outcome !== 'failed') return undefined
    return { start: request.endNano, end: request.endNano, waitingNano: 0, ...known }
  }
  const waited = waitedNano(request, definition.stage.hangingUntil)
  if (waited < waitingNano) return undefined
  const startNano = request.endNano - request.durationNano
  return {
    start: startNano + waitingNano,
    end: startNano + waited,
    waitingNano: waited,
    ...known,
  }
}

/** By end, newest last. What nobody knows the end of comes last of all, and the oldest of that last. */
export function byEnd(a: Occurrence, b: Occurrence): number {
  // Of two infinities no difference can be taken.
  if (a.end !== b.end) return a.end - b.end
  return b.start - a.start || byIds(a, b)
}

export function byStart(a: Occurrence, b: Occurrence): number {
  return a.start - b.start || byIds(a, b)
}

/**
 * The event time of what made so many count, of those that count at one time: where all have ended,
 * the newest end, else the time at which enough were known. A hang is known at its start while it is
 * open, else at its end.
 */
export function decisiveNano(occurrences: readonly Occurrence[], needed: number): number {
  const known = occurrences.map(({ open, start, end }) => (open === undefined ? end : start))
  const nth = occurrences.some(({ open }) => open !== undefined) ? needed : known.length
  return known.sort((a, b) => a - b)[nth - 1]!
}

function openHang(
  { stage, windowNano }: RuleDefinition,
  request: OpenRequest,
  waitingNano: number,
): Occurrence | undefined {
  const { startNano, evidence, lostNano = Infinity } = request
  const waited = stage.hangingUntil === 'end' ? Infinity : waitedForChunk(request)
  const start = startNano + waitingNano
  const end = Math.min(startNano + waited, lostNano)
  if (waited < waitingNano || start >= end + windowNano) return undefined
  const open = { startNano, progressNano: lastProgress(request) }
  return { start, end, waitingNano: waited, request, open, evidence, counted: false }
}

/** Progress is a chunk, and where nothing is known of the first one, it came no later than that. */
function waitedForChunk({ firstChunkNano, progressNano, startNano }: OpenRequest): number {
  if (firstChunkNano >= 0) return firstChunkNano
  return progressNano === -1 ? Infinity : progressNano - startNano
}

function lastProgress({
  firstChunkNano,
  progressNano,
  startNano,
}: OpenRequest): number | undefined {
  const firstNano = firstChunkNano < 0 ? undefined : startNano + firstChunkNano
  // -1 is no time here: what came before the engine's epoch is negative.
  if (progressNano === -1) return firstNano
  return Math.max(progressNano, firstNano ?? progressNano)
}

/**
 * How long somebody waited for an answer; -1 = it cannot be told. A good stream whose first chunk is
 * unknown may have streamed all the time.
 */
function waitedNano(request: DecidedRequest, until: 'first_chunk' | 'end'): number {
  if (until === 'end') return request.durationNano
  if (request.firstChunkNano >= 0) return Math.min(request.firstChunkNano, request.durationNano)
  return request.stream && request.outcome === 'ok' ? -1 : request.durationNano
}

function byIds(a: Occurrence, b: Occurrence): number {
  return byText(a.request.traceId, b.request.traceId) || byText(a.request.spanId, b.request.spanId)
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
