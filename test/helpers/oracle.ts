import type { Outcome, RequestFacts } from '../../src/model/outcome.ts'
import { EVIDENCE, type GroupValues, type RecordRole } from '../../src/model/record.ts'

/** A span as selection judged it. Ids are any strings; times are ns since any common moment. */
export interface OracleSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly role: RecordRole
  readonly outcome: Outcome
  readonly outcomeIfUpstream: Outcome
  readonly outcomeIfSigned: Outcome
  /** Bits of EVIDENCE. */
  readonly evidence: number
  readonly startNano: number
  readonly endNano: number
  /** From the span's start; -1 = unknown. */
  readonly firstChunkNano: number
  readonly group: GroupValues
  readonly facts: RequestFacts
}

export interface OracleRequest {
  readonly traceId: string
  readonly spanId: string
  readonly outcome: Outcome
  readonly startNano: number
  readonly endNano: number
  /** From the request's start; -1 = unknown. */
  readonly firstChunkNano: number
  readonly stream: boolean
  readonly group: GroupValues
  readonly facts: RequestFacts
}

/**
 * Which requests a set of spans holds, the slow and obvious way: all spans are known, so there is no
 * order, no waiting and no state. Sorted by trace id and span id; a span that comes twice counts once.
 *
 * Left out: that a candidate or attempt whose parent never came is an attempt of the request that
 * encloses it in time. Spans must form trees; a cycle throws.
 */
export function readWholeTraces(spans: readonly OracleSpan[]): OracleRequest[] {
  const traces = Map.groupBy(spans, (span) => span.traceId)
  return [...traces.values()]
    .flatMap((trace) => readTrace(trace))
    .sort((a, b) => compare(a.traceId, b.traceId) || compare(a.spanId, b.spanId))
}

function readTrace(spans: readonly OracleSpan[]): OracleRequest[] {
  const byId = new Map(spans.toReversed().map((span) => [span.spanId, span]))
  const folded = new Map<OracleSpan, OracleSpan[]>()
  for (const span of byId.values()) {
    const request = requestOf(span, byId)
    if (request === undefined) {
      continue
    }
    const below = folded.get(request) ?? []
    folded.set(request, request === span ? below : [...below, span])
  }
  return [...folded].map(([request, below]) => {
    const signs = [...byId.values()].filter(
      (span) => span.role === 'sign' && span.parentSpanId === request.spanId,
    )
    return fold(request, signs, below)
  })
}

/** The span that stands for the request that `span` belongs to; undefined = it belongs to none. */
function requestOf(
  span: OracleSpan,
  byId: ReadonlyMap<string, OracleSpan>,
  seen: Set<OracleSpan> = new Set(),
): OracleSpan | undefined {
  if (span.role === 'request' || span.role === 'unsure') {
    return span
  }
  if (span.role !== 'candidate' && span.role !== 'attempt') {
    return undefined
  }
  const itself = span.role === 'candidate' ? span : undefined
  seen.add(span)
  let above = parentOf(span, byId)
  while (above !== undefined) {
    if (seen.has(above)) {
      throw new Error(`span ${above.spanId} is its own ancestor`)
    }
    switch (above.role) {
      case 'request':
      case 'unsure':
      case 'candidate':
      case 'attempt':
        return requestOf(above, byId, seen)
      case 'void':
        return undefined
      case 'end':
        return itself
      case 'link':
      case 'sign':
        seen.add(above)
        above = parentOf(above, byId)
        break
    }
  }
  return itself
}

function parentOf(span: OracleSpan, byId: ReadonlyMap<string, OracleSpan>): OracleSpan | undefined {
  return span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId)
}

function fold(
  request: OracleSpan,
  signs: readonly OracleSpan[],
  below: readonly OracleSpan[],
): OracleRequest {
  const latestFirst = below.toSorted((a, b) => b.endNano - a.endNano || compare(b.spanId, a.spanId))
  const evidence = below.reduce((bits, span) => bits | span.evidence, request.evidence)
  const signed = request.role === 'unsure' && signs.length > 0
  const outcome = outcomeOf(request, signed, (evidence & EVIDENCE.upstreamError) !== 0)
  return {
    traceId: request.traceId,
    spanId: request.spanId,
    outcome,
    startNano: request.startNano,
    endNano: signed
      ? Math.max(request.endNano, ...signs.map((sign) => sign.endNano))
      : request.endNano,
    firstChunkNano: firstChunk(request, below),
    stream: (evidence & EVIDENCE.stream) !== 0,
    group: request.group.map(
      (value, key) =>
        value ?? latestFirst.find((span) => span.group[key] !== undefined)?.group[key],
    ),
    facts: foldFacts(request, latestFirst, outcome === 'failed'),
  }
}

/** An unsure root without a sign is ok whatever its attempts say: one of them was repaired. */
function outcomeOf(request: OracleSpan, signed: boolean, upstreamError: boolean): Outcome {
  if (request.role === 'unsure' && !signed) {
    return 'ok'
  }
  if (upstreamError) {
    return request.outcomeIfUpstream
  }
  return signed ? request.outcomeIfSigned : request.outcome
}

/** The earliest instant of all; a chunk from before the request's start counts as at its start. */
function firstChunk(request: OracleSpan, below: readonly OracleSpan[]): number {
  const instants = [request, ...below]
    .filter((span) => span.firstChunkNano >= 0)
    .map((span) => span.startNano + span.firstChunkNano - request.startNano)
  return instants.length === 0 ? -1 : Math.max(0, Math.min(...instants))
}

function foldFacts(
  request: OracleSpan,
  latestFirst: readonly OracleSpan[],
  failed: boolean,
): RequestFacts {
  const errorsFrom = failed ? latestFirst.filter((span) => span.outcome === 'failed') : []
  const facts: Record<string, unknown> = { ...request.facts }
  const fill = (keys: readonly (keyof RequestFacts)[], from: readonly OracleSpan[]): void => {
    for (const key of keys) {
      facts[key] ??= from.find((span) => span.facts[key] !== undefined)?.facts[key]
    }
  }
  fill(['model', 'provider', 'team', 'keyAlias', 'operation'], latestFirst)
  fill(['errorType', 'httpStatus'], errorsFrom)
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0
  }
  return a < b ? -1 : 1
}
