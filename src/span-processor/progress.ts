import type { SdkSpan } from './sdk-span.ts'
import type { Tracker } from './tracker.ts'

/** Of the processors that run in this process. */
const trackers = new Set<Pick<Tracker, 'onProgress'>>()

export function addTracker(tracker: Pick<Tracker, 'onProgress'>): void {
  trackers.add(tracker)
}

export function removeTracker(tracker: Pick<Tracker, 'onProgress'>): void {
  trackers.delete(tracker)
}

/**
 * Says that a request is getting on: call it with the request's span for each chunk of a streamed
 * answer. The first call counts as the first chunk, unless the span has
 * `gen_ai.response.time_to_first_chunk`. Costs a look-up; does nothing for a span that is not tracked.
 */
export function progress(span: Pick<SdkSpan, 'spanContext'>): void {
  for (const tracker of trackers) tracker.onProgress(span)
}
