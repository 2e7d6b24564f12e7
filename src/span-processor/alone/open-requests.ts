import type { AnnouncedState, OpenBatch } from '../../model/record.ts'
import type { Selection } from '../../model/selection.ts'
import { OpenBuilder } from '../../records/open-builder.ts'
import { producerOf, SERVICE_INSTANCE, SERVICE_NAME } from '../../records/producer.ts'
import type { SpanView } from '../span-view.ts'
import type { TrackedSpan } from '../tracker.ts'
import { nanosOf } from './ended-spans.ts'
import { firstChunkNanoOf, nanoBetween } from './progress-time.ts'
import { idsOf } from './span-ids.ts'

/** How often a span that is no request is looked at again: attributes may come late. */
const AGAIN_MS = 10_000

interface Watched {
  /** `over`: said to be none, which cannot be taken back. */
  state: 'passed' | 'told' | 'over'
  /** When to look at it again, by `performance.now()`. */
  dueMs: number
  /** What was told last. */
  progressMs: number | undefined
}

export interface OpenRequestsSetup {
  readonly selection: Selection
  readonly view: SpanView
  readonly isOutermost: (tracked: TrackedSpan) => boolean
  /** Spans younger than that are of no interest yet, ms. */
  readonly afterMs: number
  readonly onBroken: (error: unknown) => void
}

/** Which requests of this process are open, and what the engine is to hear of them. */
export interface OpenRequests {
  /** Looks at what is open and old enough. */
  look(open: Iterable<TrackedSpan>, nowMs: number): void
  /** Its record tells the rest. */
  ended(tracked: TrackedSpan): void
  /** Nobody will tell its end. */
  gone(tracked: TrackedSpan): void
  /** What there is to say since the last call; undefined = nothing. */
  take(nowMs: number): OpenBatch | undefined
}

export function createOpenRequests(setup: OpenRequestsSetup): OpenRequests {
  const { selection, view, isOutermost, afterMs, onBroken } = setup
  const watched = new Map<TrackedSpan, Watched>()
  const changed = new Map<TrackedSpan, AnnouncedState>()

  const judge = (tracked: TrackedSpan, nowMs: number): void => {
    const state = watched.get(tracked) ?? { state: 'passed', dueMs: 0, progressMs: undefined }
    watched.set(tracked, state)
    state.dueMs = nowMs + AGAIN_MS
    if (state.state === 'over') return
    if (isOutermost(tracked)) {
      state.state = 'told'
      state.progressMs = tracked.progress?.lastMs
      changed.set(tracked, 'open')
    } else if (state.state === 'told') {
      // What is above it turned out to be the request.
      state.state = 'over'
      changed.set(tracked, 'gone')
    }
  }

  /** One that is broken does not take the others with it. */
  const guarded = (call: () => void): void => {
    try {
      call()
    } catch (error) {
      onBroken(error)
    }
  }

  const isDue = (tracked: TrackedSpan, nowMs: number): boolean => {
    const state = watched.get(tracked)
    if (state === undefined) return nowMs >= tracked.startedMs + afterMs
    const progressed = state.state === 'told' && state.progressMs !== tracked.progress?.lastMs
    return progressed || nowMs >= state.dueMs
  }

  const add = (
    builder: OpenBuilder,
    tracked: TrackedSpan,
    state: AnnouncedState,
    nowMs: number,
  ): void => {
    const { span, parent, progress, startedMs } = tracked
    const shown = view.of(span, parent)
    const judgement = selection.judge(shown, selection.classify(shown), true)
    const { attributes } = span.resource
    builder.add({
      state,
      isOutermost: true,
      judgement: { ...judgement, firstChunkNano: firstChunkNanoOf(judgement, tracked) },
      announcement: {
        ids: idsOf(span),
        announcer: {
          ...producerOf(attributes[SERVICE_NAME], attributes[SERVICE_INSTANCE]),
          boot: '',
        },
        startUnixNano: nanosOf(span.startTime),
        ageNano: nanoBetween(startedMs, nowMs),
        // Whoever would miss a heartbeat ends with this process.
        heartbeatMs: 0,
        progressAgeNano: progress === undefined ? -1 : nanoBetween(progress.lastMs, nowMs),
      },
    })
  }

  return {
    look(open, nowMs) {
      for (const tracked of open) {
        if (isDue(tracked, nowMs)) guarded(() => judge(tracked, nowMs))
      }
    },
    ended(tracked) {
      watched.delete(tracked)
      changed.delete(tracked)
    },
    gone(tracked) {
      // The engine may know it already, and does not mind if not.
      changed.set(tracked, 'gone')
      watched.delete(tracked)
    },
    take(nowMs) {
      const builder = new OpenBuilder()
      for (const [tracked, state] of changed) guarded(() => add(builder, tracked, state, nowMs))
      changed.clear()
      return builder.build()
    },
  }
}
