import { describe, expect, it } from 'vitest'
import { createTracker, type TrackedSpan, type Tracker } from '../../src/span-processor/tracker.ts'
import type { SdkSpan } from '../../src/span-processor/sdk-span.ts'
import { trackedSpan } from './tracked-span.ts'

const NO_CONTEXT = { getValue: () => undefined }

/** Spans named `x...` are not tracked. */
function create(maxTracked = 100): Tracker {
  return createTracker({
    candidate: ({ name }) => !name.startsWith('x'),
    maxTracked,
    maxOpenAgeMs: 3_600_000,
    onError: (error) => {
      throw error
    },
  })
}

function start(tracker: Tracker, name: string, parentSpanId?: string): SdkSpan {
  const { span } = trackedSpan({ spanId: name, span: { name, parentSpanId } })
  tracker.onStart(span, NO_CONTEXT)
  return span
}

function ancestors(tracked: TrackedSpan | undefined): string[] {
  const names: string[] = []
  for (let above = tracked?.ancestor; above !== undefined; above = above.ancestor) {
    names.push(above.spanId)
  }
  return names
}

const find = (tracker: Tracker, spanId: string): TrackedSpan | undefined =>
  [...tracker.open()].find((tracked) => tracked.spanId === spanId)

describe('the tracker', () => {
  it('knows the ancestors of a span through spans that are not tracked', () => {
    const tracker = create()
    start(tracker, 'a')
    start(tracker, 'x1', 'a')
    start(tracker, 'x2', 'x1')
    start(tracker, 'b', 'x2')
    start(tracker, 'c', 'b')
    start(tracker, 'd', 'x1')
    expect(ancestors(find(tracker, 'c'))).toEqual(['b', 'a'])
    expect(ancestors(find(tracker, 'd'))).toEqual(['a'])
    tracker.close()
  })

  it('remembers an ancestor that ended first', () => {
    const tracker = create()
    const a = start(tracker, 'a')
    start(tracker, 'x', 'a')
    tracker.onEnd(a)
    start(tracker, 'late', 'x')
    expect(ancestors(find(tracker, 'late'))).toEqual(['a'])
    tracker.close()
  })

  it('keeps the top only where work nests without end', () => {
    const tracker = create(2000)
    start(tracker, '0')
    for (let level = 1; level <= 1000; level += 1) {
      const span = start(tracker, String(level), String(level - 1))
      if (level < 1000) continue
      expect(ancestors(find(tracker, span.spanContext().spanId)).length).toBeLessThanOrEqual(17)
      expect(ancestors(find(tracker, span.spanContext().spanId)).at(-1)).toBe('0')
    }
    tracker.close()
  })

  it('counts what it does not track because there is too much', () => {
    const tracker = create(2)
    const [first] = ['a', 'b', 'c', 'd'].map((name) => start(tracker, name))
    expect({ size: tracker.size, overflowed: tracker.overflowed }).toEqual({
      size: 2,
      overflowed: 2,
    })
    if (first !== undefined) tracker.onEnd(first)
    start(tracker, 'e')
    expect([...tracker.open()].map(({ spanId }) => spanId)).toEqual(['b', 'e'])
    tracker.close()
  })

  it('tells its listeners, whatever one of them throws', () => {
    const errors: unknown[] = []
    const told: string[] = []
    const tracker = createTracker({
      candidate: () => true,
      maxTracked: 10,
      maxOpenAgeMs: 3_600_000,
      onError: (error) => errors.push(error),
    })
    tracker.listen({
      started() {
        throw new Error('broken')
      },
    })
    tracker.listen({
      started: ({ spanId }) => told.push(`started ${spanId}`),
      ended: ({ spanId }) => told.push(`ended ${spanId}`),
    })
    const span = start(tracker, 'a')
    tracker.onEnd(span)
    tracker.onEnd(span)
    expect(told).toEqual(['started a', 'ended a'])
    expect(errors).toEqual([new Error('broken')])
  })

  it('tracks nothing after it was closed', () => {
    const tracker = create()
    tracker.close()
    start(tracker, 'a')
    expect(tracker.size).toBe(0)
  })
})
