import { describe, expect, it } from 'vitest'

import { Traffic } from '../../../src/engine/rules/traffic.ts'

/** A window of a minute: buckets of a second. */
const create = () => new Traffic(60_000, 370_000)

describe('traffic', () => {
  it('counts a bucket as long as any part of it is in the window', () => {
    const traffic = create()
    traffic.add('ok', 10_999)
    traffic.add('failed', 10_000)
    expect(traffic.at(70_999)).toEqual({ ok: 1, failed: 1, late: 0 })
    expect(traffic.at(71_000)).toEqual({ ok: 0, failed: 0, late: 0 })
    expect(traffic.nextLeaveMs(70_999)).toBe(71_000)
    expect(traffic.nextLeaveMs(71_000)).toBe(Infinity)
    expect(traffic.lastLeaveMs()).toBe(71_000)
  })

  it('leaves out what comes after the time asked for', () => {
    const traffic = create()
    traffic.add('ok', 10_000)
    traffic.add('ok', 20_000)
    expect(traffic.at(19_999).ok).toBe(1)
    expect(traffic.at(20_000).ok).toBe(2)
  })

  it('takes requests in any order', () => {
    const traffic = create()
    for (const timeMs of [30_000, 10_000, 20_000, 10_500, 30_900, 20_100]) traffic.add('ok', timeMs)
    expect(traffic.save()).toEqual([
      [10, 2, 0, 0],
      [20, 2, 0, 0],
      [30, 2, 0, 0],
    ])
    expect(new Traffic(60_000, 370_000, traffic.save()).at(40_000).ok).toBe(6)
  })

  it('takes back what it has, and only that', () => {
    const traffic = create()
    traffic.add('ok', 10_000)
    expect(traffic.subtract('ok', 20_000)).toBe(false)
    expect(traffic.subtract('failed', 10_000)).toBe(false)
    expect(traffic.subtract('ok', 10_500)).toBe(true)
    expect(traffic.subtract('ok', 10_000)).toBe(false)
    expect(traffic.at(10_999)).toEqual({ ok: 0, failed: 0, late: 0 })
  })

  it('is bounded: ten windows at most, and no more than the history', () => {
    const long = create()
    const short = new Traffic(1000, 370_000)
    for (let second = 0; second < 4000; second += 1) {
      long.add('ok', second * 1000)
      short.add('ok', second * 100)
    }
    expect(long.save()).toHaveLength(372)
    expect(short.save().length).toBeLessThan(110)
    long.add('ok', 0)
    expect(long.save()).toHaveLength(372)
    expect(long.at(0).ok).toBe(0)
  })

  it('is as fine as a ms', () => {
    const traffic = new Traffic(20, 100)
    traffic.add('ok', 100)
    traffic.add('ok', 101)
    expect(traffic.at(120).ok).toBe(2)
    expect(traffic.at(121).ok).toBe(1)
  })
})
