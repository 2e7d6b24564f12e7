import { describe, expect, it, vi } from 'vitest'
import type { Exporter, ExporterResult } from '../../src/index.ts'
import type { Announcement } from '../../src/span-processor/announcement.ts'
import { createReporter } from '../../src/span-processor/reporter.ts'
import { createSender } from '../../src/span-processor/sender.ts'
import type { TrackedSpan } from '../../src/span-processor/tracker.ts'
import { trackedSpan } from './tracked-span.ts'

interface Item {
  readonly id: string
  readonly lifecycle: string
}

/** An exporter that answers when it is told to. */
function heldExporter() {
  const calls: { items: Item[]; answer: (result: ExporterResult) => void }[] = []
  const exporter: Exporter = {
    export(items, answer) {
      calls.push({ items: items as Item[], answer })
    },
    shutdown: async () => {},
  }
  return { calls, exporter }
}

function setUp(exporter: Exporter, maxClosings = 100) {
  return createSender({
    loadExporter: async () => exporter,
    describe: (tracked) => announcement(tracked, 'open'),
    encode: ({ tracked, lifecycle }) => ({ id: tracked.spanId, lifecycle }),
    retryMs: 10_000,
    maxClosings,
    reporter: createReporter(),
  })
}

function announcement(tracked: TrackedSpan, lifecycle: 'open' | 'closed'): Announcement {
  return { tracked, lifecycle, attributes: {} }
}

const spans = (count: number): TrackedSpan[] =>
  Array.from({ length: count }, (_, index) => trackedSpan({ spanId: String(index) }))

describe('the sender', () => {
  it('has one export in flight, and takes what came meanwhile into the next', async () => {
    const { calls, exporter } = heldExporter()
    const sender = setUp(exporter)
    const [first, second, third] = spans(3) as [TrackedSpan, TrackedSpan, TrackedSpan]
    sender.open(first)
    await vi.waitFor(() => {
      expect(calls).toHaveLength(1)
    })
    sender.open(second)
    sender.closed(announcement(third, 'closed'))
    const flushed = sender.flush()
    expect(calls).toHaveLength(1)
    calls[0]?.answer({ code: 0 })
    await vi.waitFor(() => {
      expect(calls).toHaveLength(2)
    })
    expect(calls[1]?.items).toEqual([
      { id: '2', lifecycle: 'closed' },
      { id: '1', lifecycle: 'open' },
    ])
    calls[1]?.answer({ code: 0 })
    await flushed
  })

  it('cuts what is long into batches of 512', async () => {
    const sizes: number[] = []
    const sender = setUp({
      export(items, done) {
        sizes.push(items.length)
        done({ code: 0 })
      },
      shutdown: async () => {},
    })
    for (const tracked of spans(1100)) sender.open(tracked)
    await sender.flush()
    expect(sizes).toEqual([512, 512, 76])
  })

  it('drops opens that failed, and sends closings again until they are taken', async () => {
    let code = 1
    const taken: Item[] = []
    const sender = setUp({
      export(items, done) {
        if (code === 0) taken.push(...(items as Item[]))
        done({ code })
      },
      shutdown: async () => {},
    })
    const [open, gone] = spans(2) as [TrackedSpan, TrackedSpan]
    sender.open(open)
    sender.closed(announcement(gone, 'closed'))
    await sender.flush()
    code = 0
    await sender.flush()
    await sender.flush()
    expect(taken).toEqual([{ id: '1', lifecycle: 'closed' }])
  })

  it('gives a closing up that failed for a whole lease and longer', async () => {
    let calls = 0
    const sender = setUp({
      export(_items, done) {
        calls += 1
        done({ code: 1 })
      },
      shutdown: async () => {},
    })
    sender.closed(announcement(trackedSpan(), 'closed'))
    for (let heartbeat = 0; heartbeat < 10; heartbeat += 1) await sender.flush()
    expect(calls).toBe(6)
  })

  it('keeps no more closings than it may', async () => {
    let code = 1
    const taken: Item[] = []
    const sender = setUp(
      {
        export(items, done) {
          if (code === 0) taken.push(...(items as Item[]))
          done({ code })
        },
        shutdown: async () => {},
      },
      3,
    )
    for (const tracked of spans(5)) sender.closed(announcement(tracked, 'closed'))
    await sender.flush()
    code = 0
    await sender.flush()
    expect(taken.map(({ id }) => id)).toEqual(['2', '3', '4'])
  })

  it('survives an exporter that throws', async () => {
    const sender = setUp({
      export() {
        throw new Error('broken')
      },
      shutdown: () => Promise.reject(new Error('broken, too')),
    })
    sender.open(trackedSpan())
    await expect(sender.flush()).resolves.toBeUndefined()
    await expect(sender.shutdown(1000)).resolves.toBeUndefined()
  })
})
