import type { HangEvidence } from '../../model/alert.ts'
import type { CountedRequest, Occurrence } from './occurrence.ts'

/** A hang that was known before it ended; times may be unknown or infinite, which JSON has not. */
interface SavedHang {
  readonly evidence: HangEvidence
  readonly startNano?: number
  readonly progressNano?: number
}

/** null = Infinity. */
export type SavedOccurrence = readonly [
  start: number,
  end: number | null,
  waitingNano: number | null,
  counted: 0 | 1,
  request: CountedRequest,
  hang?: SavedHang,
]

export function saveOccurrence(occurrence: Occurrence): SavedOccurrence {
  const { start, end, waitingNano, counted, evidence, open } = occurrence
  const { traceId, spanId, facts, service } = occurrence.request
  const request = { traceId, spanId, facts, service }
  const saved = [start, finite(end), finite(waitingNano), counted ? 1 : 0, request] as const
  if (open === undefined) return evidence === 'ended' ? saved : [...saved, { evidence }]
  const { startNano, progressNano } = open
  const hang = progressNano === undefined ? { startNano } : { startNano, progressNano }
  return [...saved, { evidence, ...hang }]
}

/** `shiftNano` brings event times to our epoch. */
export function readOccurrence(saved: SavedOccurrence, shiftNano: number): Occurrence {
  const [start, end, waitingNano, counted, request, hang] = saved
  const { startNano, progressNano } = hang ?? {}
  const open = startNano !== undefined && {
    startNano: startNano + shiftNano,
    progressNano: progressNano === undefined ? undefined : progressNano + shiftNano,
  }
  return {
    start: start + shiftNano,
    end: (end ?? Infinity) + shiftNano,
    waitingNano: waitingNano ?? Infinity,
    request,
    ...(open && { open }),
    evidence: hang?.evidence ?? 'ended',
    counted: counted === 1,
  }
}

function finite(time: number): number | null {
  return time === Infinity ? null : time
}
