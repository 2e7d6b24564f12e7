import type { Outcome, RequestFacts } from '../../model/outcome.ts'
import { type DecidedRequest, EVIDENCE, type GroupValues } from '../../model/record.ts'

/** What is kept of a matching span until its request is decided. */
export interface Detail {
  readonly outcome: Outcome
  readonly outcomeIfUpstream: Outcome
  readonly outcomeIfSigned: Outcome
  /** Bits of EVIDENCE. */
  readonly evidence: number
  /** From the span's own start; -1 = unknown. */
  readonly firstChunkNano: number
  readonly group: GroupValues
  readonly facts: RequestFacts
  readonly service: string
}

/** A span below a request, with its place in time. */
export interface Attempt {
  readonly detail: Detail
  readonly startNano: number
  readonly endNano: number
  /** Breaks ties of `endNano`, so that the order of arrival does not matter. */
  readonly spanId: string
}

/** The request itself, with its place in time (including its sign's later end). */
export interface Entry {
  readonly detail: Detail
  readonly traceId: string
  readonly spanId: string
  readonly startNano: number
  readonly endNano: number
  /** `unsure` roots: `unsigned` = no sign came, hence ok whatever the attempts say. */
  readonly verdict: 'own' | 'signed' | 'unsigned'
  readonly late: boolean
}

/** A request with what its attempts bring: evidence, first chunk, and what the root does not know. */
export function decideWith(entry: Entry, attempts: readonly Attempt[]): DecidedRequest {
  const { detail, startNano, endNano } = entry
  const latestFirst = attempts.length < 2 ? attempts : [...attempts].sort(byEndThenId)
  let evidence = detail.evidence
  let firstChunkNano = detail.firstChunkNano
  for (const attempt of attempts) {
    evidence |= attempt.detail.evidence
    firstChunkNano = earlier(firstChunkNano, attempt, startNano)
  }
  const outcome = outcomeOf(entry, (evidence & EVIDENCE.upstreamError) !== 0)
  return {
    state: 'ended',
    traceId: entry.traceId,
    spanId: entry.spanId,
    outcome,
    endNano,
    durationNano: endNano - startNano,
    firstChunkNano,
    stream: (evidence & EVIDENCE.stream) !== 0,
    group: fillGroup(detail.group, latestFirst),
    facts: fillFacts(detail.facts, latestFirst, outcome),
    service: detail.service,
    late: entry.late,
  }
}

/**
 * A decided request with evidence that came after it. Its group stays, a good end stays good; what
 * comes may turn `rejected` into `failed`, bring the first chunk, and name model and team. The very
 * same object comes back when nothing changed.
 */
export function reviseWith(
  request: DecidedRequest,
  outcomeIfUpstream: Outcome,
  attempts: readonly Attempt[],
): DecidedRequest {
  const startNano = request.endNano - request.durationNano
  let { firstChunkNano, stream, outcome } = request
  for (const attempt of attempts) {
    firstChunkNano = earlier(firstChunkNano, attempt, startNano)
    stream ||= (attempt.detail.evidence & EVIDENCE.stream) !== 0
    const upstream = (attempt.detail.evidence & EVIDENCE.upstreamError) !== 0
    if (upstream && outcome === 'rejected') outcome = outcomeIfUpstream
  }
  const facts = fillFacts(request.facts, [...attempts].sort(byEndThenId), outcome)
  const same =
    firstChunkNano === request.firstChunkNano &&
    stream === request.stream &&
    outcome === request.outcome &&
    facts === request.facts
  return same ? request : { ...request, firstChunkNano, stream, outcome, facts }
}

function outcomeOf(entry: Entry, upstream: boolean): Outcome {
  if (entry.verdict === 'unsigned') return 'ok'
  if (upstream) return entry.detail.outcomeIfUpstream
  return entry.verdict === 'signed' ? entry.detail.outcomeIfSigned : entry.detail.outcome
}

/** The earlier first chunk, from the request's start; one from before it counts as at its start. */
function earlier(firstChunkNano: number, attempt: Attempt, requestStartNano: number): number {
  if (attempt.detail.firstChunkNano < 0) return firstChunkNano
  const own = Math.max(0, attempt.startNano + attempt.detail.firstChunkNano - requestStartNano)
  return firstChunkNano < 0 ? own : Math.min(firstChunkNano, own)
}

function fillGroup(own: GroupValues, latestFirst: readonly Attempt[]): GroupValues {
  if (latestFirst.length === 0 || !own.includes(undefined)) return own
  return own.map(
    (value, key) =>
      value ??
      latestFirst.find((attempt) => attempt.detail.group[key] !== undefined)?.detail.group[key],
  )
}

const FROM_ANY = ['model', 'provider', 'team', 'keyAlias', 'operation'] as const
const FROM_FAILED = ['errorType', 'httpStatus'] as const

/** Own facts first, then the latest attempt's; the same object when nothing is added. */
function fillFacts(
  own: RequestFacts,
  latestFirst: readonly Attempt[],
  outcome: Outcome,
): RequestFacts {
  const added: Record<string, string | number> = {}
  const fill = (key: keyof RequestFacts, from: readonly Attempt[]): void => {
    if (own[key] !== undefined) return
    const value = from.find((attempt) => attempt.detail.facts[key] !== undefined)?.detail.facts[key]
    if (value !== undefined) added[key] = value
  }
  for (const key of FROM_ANY) fill(key, latestFirst)
  if (outcome === 'failed') {
    const failed = latestFirst.filter((attempt) => attempt.detail.outcome === 'failed')
    for (const key of FROM_FAILED) fill(key, failed)
  }
  return Object.keys(added).length === 0 ? own : { ...own, ...added }
}

function byEndThenId(a: Attempt, b: Attempt): number {
  if (a.endNano !== b.endNano) return b.endNano - a.endNano
  return a.spanId < b.spanId ? 1 : -1
}
