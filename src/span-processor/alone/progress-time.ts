import type { Judgement } from '../../model/selection.ts'
import type { TrackedSpan } from '../tracker.ts'

/** From the start to the first chunk, as the span says or else as `progress()` was told; -1 = unknown. */
export function firstChunkNanoOf(judgement: Judgement, tracked: TrackedSpan | undefined): number {
  if (judgement.firstChunkNano >= 0 || tracked?.progress === undefined) {
    return judgement.firstChunkNano
  }
  return nanoBetween(tracked.startedMs, tracked.progress.firstMs)
}

/** Between two times of `performance.now()`. */
export function nanoBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round((toMs - fromMs) * 1e6))
}
