import { AsyncLocalStorage } from 'node:async_hooks'
import type { Announcement } from './announcement.ts'
import { exportOnce, type Exporter } from './exporter.ts'
import { createOutbox } from './outbox.ts'
import type { Reporter } from './reporter.ts'
import type { TrackedSpan } from './tracker.ts'

const MAX_BATCH = 512

export interface SenderOptions {
  /** Called once, when there is something to send. */
  readonly loadExporter: () => Promise<Exporter>
  /** Describes an open span as it is now; undefined = there is nothing to say of it any more. */
  readonly describe: (tracked: TrackedSpan) => Announcement | undefined
  /** Makes an item of the exporter. */
  readonly encode: (announcement: Announcement) => object
  /** How long failed closings wait. */
  readonly retryMs: number
  readonly maxClosings: number
  readonly reporter: Reporter
}

/** Sends announcements, one export at a time. What fails of open spans is not repeated. */
export interface Sender {
  open(tracked: TrackedSpan): void
  closed(announcement: Announcement): void
  /** Takes back an open that was not sent yet. */
  withdraw(tracked: TrackedSpan): void
  /** Resolves when what is waiting now was sent or has failed. */
  flush(): Promise<void>
  /** Flushes and shuts the exporter down; takes no longer than `timeoutMs`. */
  shutdown(timeoutMs: number): Promise<void>
}

export function createSender(options: SenderOptions): Sender {
  const { loadExporter, describe, encode, retryMs, reporter } = options
  const outbox = createOutbox(options.maxClosings, () => {
    reporter.warn('lost', 'the end of an announced span could not be sent, and was given up')
  })
  // What ends a request must not send in that request's context.
  const outsideOfRequests = AsyncLocalStorage.snapshot()
  let exporter: Promise<Exporter | undefined> | undefined
  let sending: Promise<void> | undefined
  let soon: NodeJS.Immediate | undefined
  let retryTimer: NodeJS.Timeout | undefined
  let stopped = false

  const encoded = (announcement: Announcement | undefined): object[] => {
    if (announcement === undefined) return []
    try {
      return [encode(announcement)]
    } catch (error) {
      reporter.warn('encode', 'a span could not be announced', error)
      return []
    }
  }

  const load = async (): Promise<Exporter | undefined> => {
    try {
      return await loadExporter()
    } catch (error) {
      reporter.error('nothing can be announced', error)
      return undefined
    }
  }

  const sendAll = async (): Promise<void> => {
    exporter ??= load()
    const target = await exporter
    for (let batch = outbox.take(MAX_BATCH); batch !== undefined; batch = outbox.take(MAX_BATCH)) {
      if (target === undefined) continue
      const items = [
        ...batch.closings.flatMap(({ announcement }) => encoded(announcement)),
        ...batch.opens.flatMap((tracked) => encoded(describe(tracked))),
      ]
      if (items.length === 0) continue
      const error = await exportOnce(target, items)
      if (error !== undefined) {
        reporter.warn('export', 'announcements could not be sent; the next heartbeat will', error)
        outbox.putBack(batch)
        break
      }
    }
    // In the same breath as the last look into the outbox, so that nothing falls in between.
    sending = undefined
    if (outbox.retrying && !stopped) retryLater()
  }

  const send = (): Promise<void> => {
    sending ??= outsideOfRequests(sendAll)
    return sending
  }

  const sendSoon = (): void => {
    if (soon !== undefined || sending !== undefined || stopped) return
    // Keeps the process for one turn of its loop: the end of what was announced is to be told.
    soon = outsideOfRequests(() =>
      setImmediate(() => {
        soon = undefined
        void send()
      }),
    )
  }

  const retryLater = (): void => {
    retryTimer ??= outsideOfRequests(() =>
      setTimeout(() => {
        retryTimer = undefined
        outbox.retry()
        void send()
      }, retryMs),
    ).unref()
  }

  const flush = async (): Promise<void> => {
    await sending
    outbox.retry()
    await send()
  }

  const stopExporter = async (): Promise<void> => {
    try {
      await (await exporter)?.shutdown()
    } catch (error) {
      reporter.warn('shutdown', 'the exporter did not shut down', error)
    }
  }

  return {
    open(tracked) {
      outbox.addOpen(tracked)
      sendSoon()
    },
    closed(announcement) {
      outbox.removeOpen(announcement.tracked)
      outbox.addClosing(announcement)
      sendSoon()
    },
    withdraw(tracked) {
      outbox.removeOpen(tracked)
    },
    flush,
    async shutdown(timeoutMs) {
      stopped = true
      clearImmediate(soon)
      clearTimeout(retryTimer)
      const { promise: timeUp, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, timeoutMs)
      await Promise.race([flush().then(stopExporter), timeUp])
      clearTimeout(timer)
    },
  }
}
