import type { DecidedRequest } from '../../model/record.ts'
import type { RuleDefinition } from './definition.ts'

/** What is kept of a request that counts. */
export type CountedRequest = Pick<DecidedRequest, 'traceId' | 'spanId' | 'facts' | 'service'>

/**
 * The time in which a request counts as failed or hanging, in event time: `[start, end)`. A failure
 * is the point of its end; a hang that lasted no longer than its threshold is a point too.
 */
export interface Occurrence {
  readonly start: number
  readonly end: number
  /** For hangs; 0 for failures. */
  readonly waitingNano: number
  readonly request: CountedRequest
  /** It is in the total of the open episode. */
  counted: boolean
}

/** How a request counts for a rule; undefined = not at all. `waitingNano` makes a hang. */
export function occurrenceOf(
  definition: RuleDefinition,
  request: DecidedRequest,
  waitingNano: number,
): Occurrence | undefined {
  if (definition.rule.on === 'failures') {
    if (request.outcome !== 'failed') return undefined
    const at = request.endNano
    return { start: at, end: at, waitingNano: 0, request, counted: false }
  }
  const waited = waitedNano(request, definition.stage.hangingUntil)
  if (waited < waitingNano) return undefined
  const startNano = request.endNano - request.durationNano
  return {
    start: startNano + waitingNano,
    end: startNano + waited,
    waitingNano: waited,
    request,
    counted: false,
  }
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
