import type { Announcement } from './announcement.ts'
import type { TrackedSpan } from './tracker.ts'

/** A closing is tried so often, a heartbeat apart: by then its lease is over anyway. */
const MAX_ATTEMPTS = 6

export interface Closing {
  readonly announcement: Announcement
  /** That failed. */
  readonly attempts: number
}

export interface Batch {
  readonly opens: readonly TrackedSpan[]
  readonly closings: readonly Closing[]
}

/**
 * What is waiting to be sent. An open span waits as a name only, and is described when it is sent: its
 * next heartbeat says it all again, so there is nothing to repeat. A closing has no successor and is
 * kept until it was taken.
 */
export interface Outbox {
  addOpen(tracked: TrackedSpan): void
  addClosing(announcement: Announcement): void
  removeOpen(tracked: TrackedSpan): void
  /** Up to `max` that are due, closings first; undefined = nothing is. */
  take(max: number): Batch | undefined
  /** The batch was not taken: its closings wait for {@link retry}, all opens for their heartbeat. */
  putBack(batch: Batch): void
  /** Makes the closings that were put back due again. */
  retry(): void
  /** Closings are waiting for {@link retry}. */
  readonly retrying: boolean
}

/**
 * Creates an outbox that keeps at most `maxClosings` closings. `onLost` is told of each that is given
 * up, because there were too many or because it failed too often.
 */
export function createOutbox(maxClosings: number, onLost: () => void): Outbox {
  const opens = new Set<TrackedSpan>()
  let due: Closing[] = []
  let putBack: Closing[] = []

  const keepBound = (): void => {
    if (due.length + putBack.length <= maxClosings) return
    if (putBack.shift() === undefined) due.shift()
    onLost()
  }

  return {
    addOpen(tracked) {
      opens.add(tracked)
    },
    addClosing(announcement) {
      due.push({ announcement, attempts: 0 })
      keepBound()
    },
    removeOpen(tracked) {
      opens.delete(tracked)
    },
    take(max) {
      if (due.length === 0 && opens.size === 0) return undefined
      const closings = due.slice(0, max)
      due = due.slice(max)
      const taken: TrackedSpan[] = []
      for (const tracked of opens) {
        if (closings.length + taken.length >= max) break
        opens.delete(tracked)
        taken.push(tracked)
      }
      return { opens: taken, closings }
    },
    putBack(batch) {
      opens.clear()
      for (const { announcement, attempts } of batch.closings) {
        if (attempts + 1 < MAX_ATTEMPTS) {
          putBack.push({ announcement, attempts: attempts + 1 })
          keepBound()
        } else {
          onLost()
        }
      }
    },
    retry() {
      due = [...putBack, ...due]
      putBack = []
    },
    get retrying() {
      return putBack.length > 0
    },
  }
}
