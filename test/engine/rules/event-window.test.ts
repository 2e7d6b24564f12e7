import { describe, expect, it } from 'vitest'

import { EventWindow } from '../../../src/engine/rules/event-window.ts'
import type { Occurrence } from '../../../src/engine/rules/occurrence.ts'

const EMPTY = { occurrences: [] }

function occurrence(start: number, end: number, id = `${start}-${end}`): Occurrence {
  const request = { traceId: id, spanId: id, facts: {}, service: 'proxy' }
  return { start, end, waitingNano: 0, request, counted: false }
}

function filled(...spans: readonly (readonly [start: number, end: number])[]): EventWindow {
  const window = new EventWindow(100, EMPTY, 0)
  for (const [start, end] of spans) window.add(occurrence(start, end))
  return window
}

describe('a window in event time', () => {
  it.each([
    [9, 0],
    [10, 1],
    [20, 2],
    [50, 2],
    [129, 2],
    [130, 1],
    [149, 1],
    [150, 0],
  ])('at %d: a hang of [10, 50) and a point at 30 or not, a window of 100', (at, count) => {
    const window = filled([10, 50], [20, 30])
    expect(window.countAt(at)).toBe(count)
    expect(window.at(at)).toHaveLength(count)
  })

  it('counts a point at its time and a length beyond', () => {
    const window = filled([30, 30])
    expect([29, 30, 129, 130].map((at) => window.countAt(at))).toEqual([0, 1, 1, 0])
  })

  it('gives up the oldest, and says for how long that is felt', () => {
    const window = filled([10, 10], [20, 20], [30, 30], [40, 40])
    expect(window.trim(-1, 2)).toBe(2)
    expect(window.countAt(40)).toBe(2)
    expect([window.isCutAt(119), window.isCutAt(120)]).toEqual([true, false])
    expect(window.trim(30, 2)).toBe(0)
    expect(window.size).toBe(1)
  })

  it.each([3, 300])('stays right when %d of many leave', (number) => {
    const spans = Array.from({ length: 1000 }, (_, at) => [at - (at % 7) * 10, at] as const)
    const window = filled(...spans)
    window.trim(number - 1, 10_000)
    const rest = filled(...spans.slice(number))
    for (let at = -100; at < 1100; at += 1) expect(window.countAt(at)).toBe(rest.countAt(at))
  })

  it('keeps the order of arrival out', () => {
    const some = ['c', 'a', 'b'].map((id) => occurrence(10, 10, id))
    const window = new EventWindow(100, EMPTY, 0)
    for (const one of some) window.add(one)
    expect(window.at(10).map(({ request }) => request.traceId)).toEqual(['a', 'b', 'c'])
  })

  it('finds a burst only through what is fresh', () => {
    const window = filled([10, 10], [20, 20])
    const holds = (at: number) => window.countAt(at) >= 2
    expect(window.newestFreshBurst(holds)).toBe(20)
    window.forgetFresh()
    expect(window.newestFreshBurst(holds)).toBeUndefined()
    window.add(occurrence(300, 300))
    expect(window.newestFreshBurst(holds)).toBeUndefined()
    window.add(occurrence(119, 119))
    expect(window.newestFreshBurst(holds)).toBe(119)
  })
})
