import { AsyncLocalStorage } from 'node:async_hooks'
import type { ParentPlace } from '../model/span.ts'
import { parentPlaceOf } from './parent-place.ts'
import { millisOf, spanIn, type SdkContext, type SdkSpan } from './sdk-span.ts'

const TICK_MS = 1000

/** Longer chains of ancestors keep only their top: work that restarts itself nests without end. */
const MAX_ANCESTORS = 16

/** A span that has started, has not ended, and may be a request. */
export interface TrackedSpan {
  /** Live: its attributes, name and status are those of now. */
  readonly span: SdkSpan
  readonly traceId: string
  readonly spanId: string
  readonly parent: ParentPlace
  /** The nearest tracked span above it in this process; it may have ended since. */
  readonly ancestor: TrackedSpan | undefined
  /** Its start by the monotonic clock (`performance.now()`), ms. */
  readonly startedMs: number
  /** First and last sign of progress by the same clock; undefined = none yet. */
  readonly progress: { readonly firstMs: number; readonly lastMs: number } | undefined
}

/** Whoever does something with tracked spans. Nothing it throws reaches the application. */
export interface TrackerListener {
  started?(tracked: TrackedSpan): void
  /** Its span is as it ended. */
  ended?(tracked: TrackedSpan): void
  /** Open for longer than `maxOpenAgeMs`, and not tracked from here on. */
  leaked?(tracked: TrackedSpan): void
  /** Once a second while something is tracked. `nowMs` is of `performance.now()`. */
  tick?(nowMs: number): void
}

export interface TrackerOptions {
  /** Which spans to track, asked when they start. */
  readonly candidate: (span: SdkSpan, parent: ParentPlace) => boolean
  /** At most so many spans at a time; more are not tracked, and counted. */
  readonly maxTracked: number
  /** A span open for longer is given up, ms. */
  readonly maxOpenAgeMs: number
  /** Told what a listener throws. */
  readonly onError: (error: unknown) => void
}

export interface Tracker {
  onStart(span: SdkSpan, context: SdkContext): void
  /** What was tracked of it. */
  onEnd(span: SdkSpan): TrackedSpan | undefined
  /** Tells that a span is getting on, for instance by a chunk of its answer. */
  onProgress(span: Pick<SdkSpan, 'spanContext'>): void
  /** In the order of their start. May be changed while it is read. */
  open(): Iterable<TrackedSpan>
  /** Is it still open? */
  has(each: TrackedSpan): boolean
  readonly size: number
  /** Spans not tracked because there were too many; monotonic. */
  readonly overflowed: number
  listen(listener: TrackerListener): void
  /** Tracks nothing more and stops the tick; what is open stays readable. */
  close(): void
}

/** Ids are asked for by few, and cost a call. */
class Tracked implements TrackedSpan {
  readonly span: SdkSpan
  readonly parent: ParentPlace
  readonly ancestor: TrackedSpan | undefined
  readonly startedMs: number
  progress: TrackedSpan['progress'] = undefined

  constructor(
    span: SdkSpan,
    parent: ParentPlace,
    ancestor: TrackedSpan | undefined,
    startedMs: number,
  ) {
    this.span = span
    this.parent = parent
    this.ancestor = ancestor
    this.startedMs = startedMs
  }

  get traceId(): string {
    return this.span.spanContext().traceId
  }

  get spanId(): string {
    return this.span.spanContext().spanId
  }
}

function ancestorFrom(nearest: TrackedSpan | undefined): TrackedSpan | undefined {
  let top = nearest
  let above = 1
  while (top?.ancestor !== undefined) {
    top = top.ancestor
    above += 1
  }
  return above > MAX_ANCESTORS ? top : nearest
}

/**
 * Creates the table of open spans of one processor. Spans are told apart by the objects they are:
 * looking them up by their ids costs several times as much. The tick runs only while something is
 * tracked.
 */
export function createTracker(options: TrackerOptions): Tracker {
  const { candidate, maxTracked, maxOpenAgeMs, onError } = options
  const tracked = new Map<object, Tracked>()
  /** From spans that are not tracked to the nearest above that is, for what comes below them. */
  const links = new WeakMap<object, TrackedSpan>()
  const listeners: TrackerListener[] = []
  // Else the timer would belong to whichever request started it, and keep that request's context.
  const outsideOfRequests = AsyncLocalStorage.snapshot()
  let overflowed = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const tell = (event: 'started' | 'ended' | 'leaked', each: TrackedSpan): void => {
    for (const listener of listeners) {
      try {
        listener[event]?.(each)
      } catch (error) {
        onError(error)
      }
    }
  }

  const tellTime = (nowMs: number): void => {
    for (const listener of listeners) {
      try {
        listener.tick?.(nowMs)
      } catch (error) {
        onError(error)
      }
    }
  }

  const remove = (each: Tracked, event: 'ended' | 'leaked'): void => {
    tracked.delete(each.span)
    tell(event, each)
  }

  const stopTick = (): void => {
    clearInterval(timer)
    timer = undefined
  }

  const tick = (): void => {
    const nowMs = performance.now()
    for (const each of tracked.values()) {
      // A processor in front of this one may have passed a copy to onEnd.
      if (each.span.ended) remove(each, 'ended')
      else if (nowMs - each.startedMs >= maxOpenAgeMs) remove(each, 'leaked')
    }
    tellTime(nowMs)
    if (tracked.size === 0) stopTick()
  }

  const startTick = (): void => {
    timer = outsideOfRequests(() => setInterval(tick, TICK_MS))
    timer.unref()
  }

  const ancestorIn = (context: SdkContext): TrackedSpan | undefined => {
    const parent = spanIn(context)
    return parent && (tracked.get(parent) ?? links.get(parent))
  }

  return {
    onStart(span, context) {
      if (closed) return
      const parent = parentPlaceOf(span, context)
      const ancestor = parent === 'local' ? ancestorIn(context) : undefined
      const wanted = candidate(span, parent)
      const full = tracked.size >= maxTracked
      if (wanted && full) overflowed += 1
      if (!wanted || full) {
        if (ancestor !== undefined) links.set(span, ancestor)
        return
      }
      // A start in the past is the application's own word; one in the future is a clock that jumped.
      const alreadyMs = Math.max(0, Date.now() - millisOf(span.startTime))
      const startedMs = performance.now() - alreadyMs
      const each = new Tracked(span, parent, ancestorFrom(ancestor), startedMs)
      tracked.set(span, each)
      if (timer === undefined) startTick()
      tell('started', each)
    },
    onEnd(span) {
      const each = tracked.get(span)
      if (each !== undefined) remove(each, 'ended')
      return each
    },
    onProgress(span) {
      const each = tracked.get(span)
      if (each === undefined) return
      const nowMs = performance.now()
      each.progress = { firstMs: each.progress?.firstMs ?? nowMs, lastMs: nowMs }
    },
    open: () => tracked.values(),
    has: (each) => tracked.get(each.span) === each,
    get size() {
      return tracked.size
    },
    get overflowed() {
      return overflowed
    },
    listen(listener) {
      listeners.push(listener)
    },
    close() {
      closed = true
      stopTick()
    },
  }
}
