import { createAnnouncements, type CloseReason } from './announcement.ts'
import { loadDefaultExporter } from './default-exporter.ts'
import { encodeLog } from './log-encoding.ts'
import { encodeSpan } from './span-encoding.ts'
import type { Mode } from './mode.ts'
import type { CompleteOptions } from './options.ts'
import { createOutermost } from './outermost.ts'
import type { Reporter } from './reporter.ts'
import type { SdkResource } from './sdk-span.ts'
import { createSender } from './sender.ts'
import type { TrackedSpan, Tracker } from './tracker.ts'

/** What the announcer knows of a span that became old enough. */
interface Watched {
  /** `passed`: no request so far. `over`: said to be dropped, which cannot be taken back. */
  state: 'passed' | 'announced' | 'over'
  /** When to look at it again, by `performance.now()`. */
  dueMs: number
  /** How many announcements were made of it. */
  seq: number
}

/** Announces open requests while they are open, and their end. Listens to the tracker. */
export function createAnnouncer(
  options: CompleteOptions,
  tracker: Tracker,
  reporter: Reporter,
): Mode {
  const { announceAfterMs, heartbeatMs, encoding } = options
  const isOutermost = createOutermost(options.requests, options.llmRoutes)
  const announcements = createAnnouncements({
    bootId: crypto.randomUUID(),
    heartbeatMs,
    attributes: options.attributes,
  })
  const given = encoding === 'spans' ? options.exporter : options.logExporter
  const watched = new Map<TrackedSpan, Watched>()
  const settling = new Map<SdkResource, Promise<void>>()
  let fresh: TrackedSpan[] = []
  let overflowReported = 0
  let stopped = false

  const sender = createSender({
    loadExporter: async () => given ?? loadDefaultExporter(encoding, options.endpoint),
    describe(tracked) {
      const state = watched.get(tracked)
      if (state === undefined) return undefined
      state.seq += 1
      return announcements.open(tracked, state.seq, performance.now())
    },
    encode: encoding === 'spans' ? encodeSpan : encodeLog,
    retryMs: heartbeatMs,
    maxClosings: options.maxTracked,
    reporter,
  })

  /** Only what was told to be open is told to be closed. */
  const close = (tracked: TrackedSpan, state: Watched, reason: CloseReason): void => {
    sender.withdraw(tracked)
    if (state.state !== 'announced' || state.seq === 0) return
    state.seq += 1
    sender.closed(announcements.closed(tracked, state.seq, performance.now(), reason))
  }

  const forget = (tracked: TrackedSpan, reason: CloseReason): void => {
    const state = watched.get(tracked)
    if (state === undefined) return
    close(tracked, state, reason)
    watched.delete(tracked)
  }

  const settle = (resource: SdkResource): void => {
    if (settling.has(resource)) return
    const settled = (resource.waitForAsyncAttributes?.() ?? Promise.resolve())
      .catch((error: unknown) => {
        reporter.warn('resource', 'the resource did not settle', error)
      })
      .then(() => {
        settling.delete(resource)
        look(performance.now())
      })
    settling.set(resource, settled)
  }

  const judge = (tracked: TrackedSpan, nowMs: number): void => {
    const { resource } = tracked.span
    if (resource.asyncAttributesPending === true) {
      settle(resource)
      return
    }
    const state = watched.get(tracked) ?? { state: 'passed', dueMs: 0, seq: 0 }
    watched.set(tracked, state)
    state.dueMs = nowMs + heartbeatMs
    if (state.state === 'over') return
    if (isOutermost(tracked)) {
      state.state = 'announced'
      sender.open(tracked)
    } else if (state.state === 'announced') {
      // What is above it turned out to be the request.
      close(tracked, state, 'dropped')
      state.state = 'over'
    }
  }

  const lookAt = (tracked: TrackedSpan, nowMs: number): void => {
    const dueMs = watched.get(tracked)?.dueMs ?? tracked.startedMs + announceAfterMs
    if (nowMs < dueMs) return
    try {
      judge(tracked, nowMs)
    } catch (error) {
      reporter.warn('judge', 'a span could not be judged', error)
    }
  }

  const look = (nowMs: number): void => {
    if (stopped) return
    for (const tracked of tracker.open()) lookAt(tracked, nowMs)
    if (tracker.overflowed > overflowReported) {
      overflowReported = tracker.overflowed
      reporter.warn(
        'overflow',
        `more than ${options.maxTracked} spans are open: ${overflowReported} were not tracked so far`,
      )
    }
  }

  /** After the application's own code has had its turn: attributes set at once are seen. */
  const lookAtFresh = (): void => {
    const nowMs = performance.now()
    const spans = fresh
    fresh = []
    for (const tracked of spans) {
      if (tracker.has(tracked)) lookAt(tracked, nowMs)
    }
  }

  const started = (tracked: TrackedSpan): void => {
    if (fresh.push(tracked) === 1) setImmediate(lookAtFresh).unref()
  }

  tracker.listen({
    ...(announceAfterMs === 0 && { started }),
    ended(tracked) {
      forget(tracked, 'ended')
    },
    leaked(tracked) {
      forget(tracked, 'leaked')
    },
    tick: look,
  })

  return {
    async forceFlush() {
      look(performance.now())
      await Promise.all(settling.values())
      await sender.flush()
    },
    async shutdown() {
      stopped = true
      for (const tracked of watched.keys()) forget(tracked, 'shutdown')
      await sender.shutdown(options.shutdownTimeoutMs)
    },
  }
}
