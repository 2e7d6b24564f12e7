import { AsyncLocalStorage } from 'node:async_hooks'
import { createAttributeColumns } from '../../model/attribute-columns.ts'
import { createSelection } from '../../selection/selection.ts'
import type { Mode } from '../mode.ts'
import { isOutermost } from '../outermost.ts'
import type { Reporter } from '../reporter.ts'
import type { SdkResource, SdkSpan } from '../sdk-span.ts'
import { createSpanView } from '../span-view.ts'
import type { TrackedSpan, Tracker } from '../tracker.ts'
import { createRecorder, type EndedSpan } from './ended-spans.ts'
import { createOpenRequests } from './open-requests.ts'
import type { CompleteAlone } from './options.ts'
import type { Pager } from './pager.ts'
import { createRecognition } from './recognition.ts'

/** Ended spans are looked at together: so often, or when there are so many. */
const FLUSH_MS = 100
const FLUSH_SPANS = 64
/** No more of them in one turn of the loop, which is the application's: about 1 ms. */
const MAX_FLUSH_SPANS = 256
/** Spans that wait for the pager to start, or for a process that is busy. */
const MAX_WAITING = 10_000
/** Requests that have been open for so long are told to the engine, whatever makes a hang. */
const MAX_OPEN_AFTER_MS = 5000

export interface AloneSetup {
  readonly options: CompleteAlone
  readonly shutdownTimeoutMs: number
  readonly tracker: Tracker
  readonly reporter: Reporter
}

/**
 * Pages by itself: the spans of this process go to an engine of its own. All that is done in the
 * application's calls is to put spans into a list.
 */
export function createAlone(setup: AloneSetup): Mode {
  const { options, tracker, reporter, shutdownTimeoutMs } = setup
  const { selection: selecting, requests, preset } = options.alerting
  const columns = createAttributeColumns()
  const selection = createSelection(selecting, columns)
  columns.freeze()
  // One of its own: whoever asks about a span has that in view meanwhile.
  const viewAbove = createSpanView(columns)
  const parts = {
    selection,
    view: createSpanView(columns),
    isOutermost: (tracked: TrackedSpan) =>
      isOutermost(tracked, (each) => selection.classify(viewAbove.of(each.span, each.parent)).role),
    onBroken: (error: unknown) => {
      reporter.warn('span', 'a span could not be judged', error)
    },
  }
  const record = createRecorder({ ...parts, slowNano: requests.slowNano })
  const open = createOpenRequests({
    ...parts,
    afterMs: Math.min(requests.slowNano / 1e6, MAX_OPEN_AFTER_MS),
  })
  const recognition = createRecognition((spans) => {
    reporter.warn(
      'unrecognised',
      `no LLM request recognised in ${spans} spans: none is one to preset "${preset}"; check requests`,
    )
  })
  // Else timers and pages would belong to whichever request began them.
  const outsideOfRequests = AsyncLocalStorage.snapshot()
  let waiting: EndedSpan[] = []
  let overflowed = 0
  let pager: Pager | undefined
  let starting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  let stopped = false

  const settled = async (resource: SdkResource): Promise<void> => {
    try {
      await resource.waitForAsyncAttributes?.()
    } catch (error) {
      reporter.warn('resource', 'the resource did not settle', error)
    }
  }

  const start = async (resource: SdkResource, isComplete: boolean): Promise<void> => {
    try {
      if (!isComplete) await settled(resource)
      // Engine, delivery and HTTP client: nobody else need load them.
      const { startPager } = await import('./pager.ts')
      pager = await startPager(options, resource, reporter)
    } catch (error) {
      stopped = true
      waiting = []
      reporter.error('nobody will be paged', error)
      return
    }
    flush()
  }

  const flush = (): void => {
    clearTimeout(timer)
    clearImmediate(soon)
    timer = undefined
    soon = undefined
    if (pager === undefined) return
    try {
      const nowMs = performance.now()
      const ended = waiting.splice(0, MAX_FLUSH_SPANS)
      if (waiting.length > 0) flushLater()
      const { records, requests: found } = record(ended, pager.waitsFor)
      recognition.saw(ended.length, found)
      const opens = open.take(nowMs)
      if (records.count === 0 && opens === undefined) return
      pager.submit({ records, ...(opens !== undefined && { opens }) }).catch((error: unknown) => {
        reporter.warn('submit', 'spans were not counted', error)
      })
    } catch (error) {
      reporter.warn('flush', 'spans could not be judged', error)
    }
  }

  const flushAll = (): void => {
    flush()
    if (pager === undefined) return
    while (waiting.length > 0) flush()
  }

  const flushLater = (): void => {
    if (timer === undefined) timer = outsideOfRequests(() => setTimeout(flush, FLUSH_MS)).unref()
    if (waiting.length >= FLUSH_SPANS && soon === undefined && pager !== undefined) {
      soon = outsideOfRequests(() => setImmediate(flush)).unref()
    }
  }

  const startWith = (span: SdkSpan): void => {
    if (starting !== undefined) return
    const { resource } = span
    // A span that is broken throws here, and the next one is asked.
    const isComplete = resource.asyncAttributesPending !== true
    starting = outsideOfRequests(() => start(resource, isComplete))
  }

  const look = (nowMs: number): void => {
    if (stopped) return
    for (const { span } of tracker.open()) {
      startWith(span)
      break
    }
    open.look(tracker.open(), nowMs)
    flush()
  }

  tracker.listen({
    ended: (tracked) => {
      open.ended(tracked)
    },
    leaked: (tracked) => {
      open.gone(tracked)
    },
    tick: look,
  })

  const add = (span: SdkSpan, tracked: TrackedSpan | undefined): void => {
    if (waiting.length < MAX_WAITING) {
      waiting.push({ span, tracked })
      return
    }
    overflowed += 1
    if (tracked !== undefined) open.gone(tracked)
    reporter.warn('waiting', `${overflowed} spans were not counted so far: too many at once`)
  }

  return {
    onEnd(span, tracked) {
      if (stopped) return
      startWith(span)
      add(span, tracked)
      flushLater()
    },
    async forceFlush() {
      look(performance.now())
      await starting
      flushAll()
    },
    async shutdown() {
      stopped = true
      const abort = new AbortController()
      const late = Promise.withResolvers<void>()
      // Keeps the process: whoever stops it waits for the last page.
      const deadline = setTimeout(() => {
        abort.abort()
        late.resolve()
      }, shutdownTimeoutMs)
      await Promise.race([starting, late.promise])
      flushAll()
      await pager?.shutdown(abort.signal)
      clearTimeout(deadline)
      if (waiting.length > 0) {
        reporter.warn('stop', `${waiting.length} spans were not counted: stopped before the start`)
      }
    },
  }
}
