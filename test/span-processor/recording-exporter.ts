import type { Exporter } from '../../src/index.ts'
import type { AnnouncementLog } from '../../src/span-processor/log-encoding.ts'
import type { AnnouncementSpan } from '../../src/span-processor/span-encoding.ts'

export interface RecordingExporter<Item> extends Exporter {
  /** All that was taken. */
  readonly items: Item[]
  /** How many items each call had. */
  readonly calls: number[]
  /** Set: every export fails with it. */
  failure: Error | undefined
  readonly stopped: number
}

/** An exporter as a user may write one; it can be made to fail. */
export function recordingExporter<
  Item extends AnnouncementSpan | AnnouncementLog = AnnouncementSpan,
>(): RecordingExporter<Item> {
  const items: Item[] = []
  const calls: number[] = []
  let stopped = 0
  return {
    items,
    calls,
    failure: undefined,
    get stopped() {
      return stopped
    },
    export(batch, done) {
      calls.push(batch.length)
      if (this.failure !== undefined) {
        done({ code: 1, error: this.failure })
        return
      }
      items.push(...(batch as Item[]))
      done({ code: 0 })
    },
    async shutdown() {
      stopped += 1
    },
  }
}
