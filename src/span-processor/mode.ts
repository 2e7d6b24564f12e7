import type { SdkSpan } from './sdk-span.ts'
import type { TrackedSpan } from './tracker.ts'

/** One thing that a processor does with spans. Nothing of it throws. */
export interface Mode {
  /** Every span that ended, tracked or not; after the tracker has heard of it. */
  onEnd?(span: SdkSpan, tracked: TrackedSpan | undefined): void
  /** Resolves when what is known by now is delivered, or has failed. */
  forceFlush(): Promise<void>
  /** Called once. Resolves in bounded time. */
  shutdown(): Promise<void>
}
