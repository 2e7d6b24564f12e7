import { describe, expect, it } from 'vitest'

import { EventWindow } from '../../../src/engine/rules/event-window.ts'
import type { Occurrence } from '../../../src/engine/rules/occurrence.ts'

const EMPTY = { occurrences: [] }

function occurrence(start: number, end: number, id = `${start}-${end}`): Occurrence {
  const request = { traceId: id, spanId: id, facts: {}, service: 'proxy' }
  return { start, end, waitingNano: 0, request, evidence: 'ended', counted: false }
}

function filled(...spans: readonly (readonly [start: number, end: number])[]): EventWindow {
  const window = new EventWindow(100, EMPTY, 0)
  for (const [start, end] of spans) window.add(occurrence(start, end), false)
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
    expect(window.trim(-1, 2, 40)).toBe(2)
    expect(window.countAt(40)).toBe(2)
    expect([window.isCutAt(119), window.isCutAt(120)]).toEqual([true, false])
    expect(window.trim(30, 2, 40)).toBe(0)
    expect(window.size).toBe(1)
  })

  it.each([3, 300])('stays right when %d of many leave', (number) => {
    const spans = Array.from({ length: 1000 }, (_, at) => [at - (at % 7) * 10, at] as const)
    const window = filled(...spans)
    window.trim(number - 1, 10_000, 1000)
    const rest = filled(...spans.slice(number))
    for (let at = -100; at < 1100; at += 1) expect(window.countAt(at)).toBe(rest.countAt(at))
  })

  it('keeps the order of arrival out', () => {
    const some = ['c', 'a', 'b'].map((id) => occurrence(10, 10, id))
    const window = new EventWindow(100, EMPTY, 0)
    for (const one of some) window.add(one, true)
    expect(window.at(10).map(({ request }) => request.traceId)).toEqual(['a', 'b', 'c'])
  })

  it('finds a burst only through what is fresh, and no older one than asked for', () => {
    const window = filled([10, 10])
    const holds = (at: number) => window.countAt(at) >= 2
    const newest = (from = 0, until = 500) => window.newestFreshBurst(from, until, holds)
    window.add(occurrence(20, 20), true)
    expect(newest()).toBe(20)
    expect(newest(20)).toBe(20)
    expect(newest(21)).toBeUndefined()
    expect(newest(0, 19)).toBeUndefined()
    window.forgetFresh()
    expect(newest()).toBeUndefined()
    window.add(occurrence(300, 300), true)
    expect(newest()).toBeUndefined()
    window.add(occurrence(119, 119), false)
    expect(newest()).toBeUndefined()
    window.add(occurrence(119, 119, 'fresh'), true)
    expect(newest()).toBe(119)
  })

  it('finds a burst in the past of what has not ended', () => {
    const window = filled([10, 30])
    window.add(occurrence(20, Infinity), true)
    const holds = (at: number) => window.countAt(at) >= 2
    expect(window.newestFreshBurst(0, 500, holds)).toBe(30)
  })
})

describe('a window with hangs that have not ended', () => {
  it('counts one from its start on, and one that was lost before until a window after that', () => {
    const window = filled([50, Infinity], [80, 40])
    expect([49, 50, 79, 80, 139, 140, 9999].map((at) => window.countAt(at))).toEqual([
      0, 1, 1, 2, 2, 1, 1,
    ])
  })

  it('knows what starts and leaves by time alone', () => {
    const window = filled([10, 60], [50, Infinity], [80, 40])
    expect([1, 2, 3].map((nth) => window.nthStart(10, nth))).toEqual([50, 80, Infinity])
    expect([1, 2, 3].map((nth) => window.nthLeave(10, nth))).toEqual([140, 160, Infinity])
    const between = window.startedBetween(10, 50)
    expect(between.map(({ start }) => start)).toEqual([50])
  })

  it('gives up what has ended first, then the youngest', () => {
    const window = filled([10, 60], [50, Infinity], [80, Infinity], [20, Infinity])
    expect(window.trim(-1, 3, 90)).toBe(1)
    expect(window.isCutAt(159)).toBe(true)
    expect(window.isCutAt(160)).toBe(false)
    expect(window.trim(-1, 2, 90)).toBe(1)
    expect(window.at(90).map(({ start }) => start)).toEqual([50, 20])
    expect(window.isCutAt(100_000)).toBe(true)
  })

  it('may be whole again a window after the last of them ended', () => {
    const window = filled([50, Infinity], [80, Infinity])
    window.trim(-1, 1, 90)
    const saved = JSON.parse(JSON.stringify(window.save()))
    const restored = new EventWindow(100, saved, 1000)
    expect(restored.isCutAt(100_000)).toBe(true)
    const [left] = restored.at(1090)
    restored.remove(left!)
    restored.trim(-1, 1, 1200)
    expect([restored.isCutAt(1299), restored.isCutAt(1300)]).toEqual([true, false])
  })
})
