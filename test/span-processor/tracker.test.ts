import { describe, expect, it, vi } from 'vitest'
import { createTracker, type TrackedSpan, type Tracker } from '../../src/span-processor/tracker.ts'
import type { SdkSpan } from '../../src/span-processor/sdk-span.ts'
import { trackedSpan } from './tracked-span.ts'

const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')

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

function start(tracker: Tracker, name: string, parent?: SdkSpan): SdkSpan {
  const parentSpanContext = parent?.spanContext()
  const { span } = trackedSpan({ spanId: name, span: { name, parentSpanContext } })
  tracker.onStart(span, { getValue: (key) => (key === SPAN_KEY ? parent : undefined) })
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
    const a = start(tracker, 'a')
    const x1 = start(tracker, 'x1', a)
    const x2 = start(tracker, 'x2', x1)
    const deep = start(tracker, 'b', x2)
    start(tracker, 'c', deep)
    start(tracker, 'd', x1)
    expect(ancestors(find(tracker, 'c'))).toEqual(['b', 'a'])
    expect(ancestors(find(tracker, 'd'))).toEqual(['a'])
    tracker.close()
  })

  it('remembers an ancestor that ended first', () => {
    const tracker = create()
    const a = start(tracker, 'a')
    const x = start(tracker, 'x', a)
    tracker.onEnd(a)
    start(tracker, 'late', x)
    expect(ancestors(find(tracker, 'late'))).toEqual(['a'])
    tracker.close()
  })

  it('keeps the top only where work nests without end', () => {
    const tracker = create(2000)
    let span = start(tracker, '0')
    for (let level = 1; level <= 1000; level += 1) {
      span = start(tracker, String(level), span)
    }
    const above = ancestors(find(tracker, '1000'))
    expect(above.length).toBeLessThanOrEqual(17)
    expect(above.at(-1)).toBe('0')
    tracker.close()
  })

  it('finds the ancestors of what is below a span that found no room', () => {
    const tracker = create(2)
    const a = start(tracker, 'a')
    const b = start(tracker, 'b', a)
    const noRoom = start(tracker, 'c', b)
    tracker.onEnd(a)
    start(tracker, 'd', noRoom)
    expect(ancestors(find(tracker, 'd'))).toEqual(['b', 'a'])
    tracker.close()
  })

  it('hears from the span itself of an end that was told of a copy', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const tracker = create()
    const ended = vi.fn<(tracked: TrackedSpan) => void>()
    tracker.listen({ ended })
    const span = start(tracker, 'a')
    tracker.onEnd({ ...span, ended: true })
    expect(ended).not.toHaveBeenCalled()
    Object.assign(span, { ended: true })
    vi.advanceTimersByTime(1000)
    expect(ended).toHaveBeenCalledTimes(1)
    expect(tracker.size).toBe(0)
    vi.useRealTimers()
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
