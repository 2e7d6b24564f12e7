import { ceilMs, toNano } from './event-time.ts'
import type { EventWindow } from './event-window.ts'

/**
 * The first ms after `nowMs` at which time alone makes the count of a window reach `needed`, or fall
 * below it; Infinity = never. It jumps: as long as fewer have started, or left, than are missing or
 * too many, nothing can change.
 */
export function nextCrossingMs(
  window: EventWindow,
  needed: number,
  nowMs: number,
  epochMs: number,
): number {
  let timeMs = nowMs
  let missing = needed - window.countAt(toNano(nowMs, epochMs))
  const reached = missing <= 0
  while (timeMs < Infinity && reached === missing <= 0) {
    const nano = toNano(timeMs, epochMs)
    const next = reached ? window.nthLeave(nano, 1 - missing) : window.nthStart(nano, missing)
    timeMs = ceilMs(next, epochMs)
    missing = needed - window.countAt(toNano(timeMs, epochMs))
  }
  return timeMs
}
