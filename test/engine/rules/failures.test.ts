import { describe, expect, it } from 'vitest'

import { decided, failed, rule, stage } from './decided.ts'
import { createTable } from './table.ts'

/** 3 in 60 s. */
const three = stage([rule()])
const KEY = 'spanpager/failures/proxy'

describe('failures', () => {
  it('fire at X within Y seconds, and only once', () => {
    const table = createTable(three)
    expect(table.take(1, failed(1))).toEqual([])
    expect(table.take(2, failed(2))).toEqual([])
    expect(table.take(3, failed(3))).toEqual([`firing ${KEY} at 3: 3`])
    expect(table.take(4, failed(4))).toEqual([])
  })

  it.each([
    [59.999_999_999, 1],
    [60, 0],
  ])('span a half-open window: 0 s, 1 s and %d s', (last, firings) => {
    expect(createTable(three).take(60, failed(0), failed(1), failed(last))).toHaveLength(firings)
    const oneByOne = createTable(three)
    const changes = [0, 1, last].flatMap((end) => oneByOne.take(Math.ceil(end), failed(end)))
    expect(changes).toHaveLength(firings)
  })

  it.each([['ok'], ['rejected'], ['canceled']] as const)('do not count what is %s', (outcome) => {
    const table = createTable(three)
    const requests = Array.from({ length: 9 }, () => decided(1, { outcome }))
    expect(table.take(1, ...requests)).toEqual([])
  })

  it('count distinct requests', () => {
    const table = createTable(three)
    const twice = failed(1)
    expect(table.take(1, failed(1), twice, twice)).toEqual([])
    expect(table.take(1, twice)).toEqual([])
    // Only one of the two ids is the same.
    expect(table.take(1, { ...twice, spanId: 'f'.repeat(16) })).toHaveLength(1)
  })

  it('become false when the third newest leaves', () => {
    const table = createTable(three)
    table.take(5, failed(1), failed(2), failed(2.5), failed(3))
    table.pass(61.999)
    expect(table.rules.status(0)[0]!.state).toBe('firing')
    table.pass(62)
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
    table.take(65, decided(64))
    expect(table.pass(100)).toEqual([`resolved ${KEY} at 72: recovered, peak 4, total 4`])
  })

  it('fire for a burst that arrives late and is over', () => {
    const table = createTable(three)
    expect(table.take(200, failed(10), failed(20), failed(30))).toEqual([`firing ${KEY} at 200: 3`])
    expect(table.facts()).toMatchObject({ count: 3, detectionLagMs: 170_000 })
    expect(table.take(201, decided(201))).toEqual([])
    // False from its arrival on.
    expect(table.pass(210)).toEqual([`resolved ${KEY} at 210: recovered, peak 3, total 3`])
  })

  it('hold for a burst found late until its newest end has left', () => {
    const table = createTable(three)
    expect(table.take(75, failed(10), failed(20), failed(30))).toHaveLength(1)
    table.take(85, decided(85))
    expect(table.pass(99.999)).toEqual([])
    // False from 30 + 60 on; the good request at 85 came before.
    expect(table.pass(110)).toEqual([])
    expect(table.take(111, decided(90.001))).toEqual([
      `resolved ${KEY} at 111: recovered, peak 3, total 3`,
    ])
  })

  it('fire for a burst that a straggler completes', () => {
    const table = createTable(three)
    table.take(10, failed(10))
    table.take(50, failed(50))
    table.take(100, failed(100))
    // 50, 71 and 100 are within 60 s.
    expect(table.take(115, failed(71))).toEqual([`firing ${KEY} at 115: 3`])
    const other = createTable(three)
    // 10, 50 and 69 are.
    other.take(10, failed(10))
    other.take(50, failed(50))
    expect(other.take(115, failed(69))).toEqual([`firing ${KEY} at 115: 3`])
  })

  it('hold no shorter because a still older burst becomes known', () => {
    const table = createTable(three)
    table.take(75, failed(10), failed(20), failed(30))
    table.take(80, failed(-100), failed(-95), failed(-90))
    table.pass(89.999)
    expect(table.rules.status(0)[0]!.state).toBe('firing')
    table.pass(90)
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
  })

  it('hold for a burst found late although nothing as old may still arrive', () => {
    const table = createTable(stage([rule({ count: 4 })], { maxEventAgeMs: 5000 }))
    table.take(75, failed(10), failed(30), failed(45), failed(50))
    table.take(78, failed(70))
    table.take(79, failed(-100))
    table.take(109, failed(-100))
    expect(table.rules.status(0)[0]!.state).toBe('firing')
  })

  it('do not fire again for failures of an episode that is over', () => {
    const table = createTable(three)
    table.take(3, failed(1), failed(2), failed(3))
    table.take(70, decided(70))
    expect(table.pass(75)).toEqual([`resolved ${KEY} at 71: recovered, peak 3, total 3`])
    expect(table.take(80, failed(2.5))).toEqual([])
    expect(table.take(81, failed(2.6), failed(2.7))).toEqual([`firing ${KEY} at 81: 3`])
  })

  it('fire again when the condition becomes true anew, with what is in the window', () => {
    const table = createTable(three)
    table.take(3, failed(1), failed(2), failed(3))
    table.take(60, failed(50), failed(60))
    expect(table.rules.status(0)[0]).toMatchObject({ state: 'firing' })
    table.take(70, decided(70))
    expect(table.pass(75)).toEqual([`resolved ${KEY} at 73: recovered, peak 5, total 5`])
    // An episode does not clear the windows.
    expect(table.take(76, failed(76))).toEqual([`firing ${KEY} at 76: 3`])
  })

  it('are told "at least" beyond 10,000', () => {
    const table = createTable(stage([rule({ count: 3, forMs: 5000 })]))
    const many = (end: number, number: number) => Array.from({ length: number }, () => failed(end))
    table.take(1, ...many(1, 10_001))
    expect(table.pass(6)).toEqual([`firing ${KEY} at 6: 10000`])
    expect(table.facts()).toMatchObject({ count: 10_000, atLeast: true })
    expect(table.rules.counters.givenUp).toBe(1)
    expect(table.restart(stage([rule()])).rules.snapshot()).toMatchObject({
      rules: [{ groups: [{ counts: { window: { lostEnd: 1e9 } } }] }],
    })
    expect(table.facts().requests).toBe(10_001)
  })

  it('are exact at 10,000', () => {
    const table = createTable(three)
    table.take(1, ...Array.from({ length: 10_000 }, () => failed(1)))
    expect(table.facts()).toMatchObject({ count: 10_000, atLeast: false })
    expect(table.rules.counters.givenUp).toBe(0)
  })

  it('are counted but page nothing when they come too late', () => {
    const table = createTable(three)
    const late = Array.from({ length: 5 }, () => failed(-400, { late: true }))
    expect(table.take(3, failed(1), failed(2), ...late)).toEqual([])
    expect(table.take(4, failed(4))).toHaveLength(1)
    expect(table.facts()).toMatchObject({ count: 3, late: 5 })
  })

  it('forget a late one when it is revised', () => {
    const table = createTable(three)
    const late = failed(-400, { late: true })
    table.take(1, late)
    expect(table.revise(2, late, undefined)).toEqual([])
    expect(table.rules.status(0)[0]!.count).toBe(0)
  })
})

describe('revised requests', () => {
  it('count from their revision on', () => {
    const table = createTable(three)
    const rejected = decided(3, { outcome: 'rejected' })
    table.take(3, failed(1), failed(2), rejected)
    expect(table.revise(9, rejected, { ...rejected, outcome: 'failed' })).toEqual([
      `firing ${KEY} at 9: 3`,
    ])
  })

  it('may turn the condition false', () => {
    const table = createTable(three)
    const attempt = failed(3)
    table.take(3, failed(1), failed(2), attempt)
    expect(table.revise(5, attempt, undefined)).toEqual([])
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
    table.take(6, decided(6))
    expect(table.pass(15)).toEqual([`resolved ${KEY} at 15: recovered, peak 3, total 2`])
  })

  it('may take a burst back that was found late', () => {
    const table = createTable(three)
    const attempt = failed(30)
    table.take(75, failed(10), failed(20), attempt)
    expect(table.rules.status(0)[0]!.state).toBe('firing')
    table.revise(76, attempt, undefined)
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
  })

  it('take nothing from a total that they were not in', () => {
    const table = createTable(stage([rule({ count: 2, windowMs: 10_000, keepFiringForMs: 1000 })]))
    const old = failed(8)
    table.take(8, failed(1), old)
    expect(table.take(12, decided(11.5))).toEqual([
      `resolved ${KEY} at 12: recovered, peak 2, total 2`,
    ])
    table.take(30, failed(30), failed(30))
    table.revise(31, old, undefined)
    expect(table.take(41.5, decided(41.5))).toEqual([
      `resolved ${KEY} at 41.5: recovered, peak 2, total 2`,
    ])
  })

  it('take back nothing that is not there', () => {
    const table = createTable(three)
    expect(table.revise(5, failed(3), undefined)).toEqual([])
    expect(table.revise(5, failed(4), undefined)).toEqual([])
    expect(table.take(6, failed(3), failed(4))).toEqual([])
  })

  it('take back a good request that would have let it resolve', () => {
    const table = createTable(three)
    table.take(3, failed(1), failed(2), failed(3))
    const good = decided(62)
    table.take(62, good)
    table.revise(63, good, { ...good, outcome: 'failed' })
    expect(table.pass(100)).toEqual([])
    expect(table.take(100, decided(100))).toEqual([
      `resolved ${KEY} at 100: recovered, peak 3, total 4`,
    ])
  })
})

describe('ratios', () => {
  /** A quarter of at least 8. */
  const quarter = rule({ count: undefined, ratio: 0.25, minRequests: 8, windowMs: 60_000 })
  const some = (good: number, bad: number, end: number) => [
    ...Array.from({ length: good }, () => decided(end)),
    ...Array.from({ length: bad }, () => failed(end)),
  ]

  it.each([
    [6, 2, 1],
    [7, 2, 0],
    [5, 2, 0],
    [0, 8, 1],
    [0, 7, 0],
  ])('compare %d ok and %d failed', (good, bad, firings) => {
    expect(createTable(stage([quarter])).take(1, ...some(good, bad, 1))).toHaveLength(firings)
  })

  it('leave out rejected and canceled requests', () => {
    const table = createTable(stage([quarter]))
    const others = [decided(1, { outcome: 'rejected' }), decided(1, { outcome: 'canceled' })]
    expect(table.take(1, ...some(5, 2, 1), ...others)).toEqual([])
  })

  it('are as exact as the numbers in the configuration', () => {
    const table = createTable(stage([rule({ count: undefined, ratio: 0.07 })]))
    expect(table.take(1, ...some(93, 7, 1))).toHaveLength(1)
  })

  it.each([
    [3, 3, 1],
    [2, 2, 0],
    [20, 3, 0],
  ])('with a count: both must hold, %d ok and %d failed', (good, bad, firings) => {
    const both = rule({ count: 3, ratio: 0.25, minRequests: 0 })
    expect(createTable(stage([both])).take(1, ...some(good, bad, 1))).toHaveLength(firings)
  })

  it('become true when good requests leave the window', () => {
    const table = createTable(stage([quarter]))
    table.take(1, ...some(20, 0, 1))
    expect(table.take(31, ...some(6, 2, 31))).toEqual([])
    // Buckets of a second; the one of 1 s leaves at 62 s.
    expect(table.rules.nextWakeMs()).toBeDefined()
    expect(table.pass(70)).toEqual([`firing ${KEY} at 62: 2`])
    expect(table.facts()).toMatchObject({ ratio: 0.25, requests: 8, ratioThreshold: 0.25 })
    expect(table.facts().threshold).toBeUndefined()
  })

  it('become false when good requests come', () => {
    const table = createTable(stage([quarter]))
    table.take(1, ...some(6, 2, 1))
    table.take(2, ...some(1, 0, 2))
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
  })

  it('are looked at in the past for nine windows only', () => {
    const short = rule({ count: undefined, ratio: 0.5, windowMs: 1000 })
    expect(createTable(stage([short])).take(10, failed(1.5))).toHaveLength(1)
    expect(createTable(stage([short])).take(11, failed(1.5))).toHaveLength(0)
  })

  it('count the present too when a burst of the past fires', () => {
    const half = rule({ count: undefined, ratio: 0.5, windowMs: 10_000 })
    const table = createTable(stage([half]))
    expect(table.take(80, failed(50), ...some(10, 2, 80))).toEqual([`firing ${KEY} at 80: 1`])
    expect(table.take(100, decided(100))).toEqual([
      `resolved ${KEY} at 100: recovered, peak 2, total 3`,
    ])
  })

  it('survive more failures than are kept one by one', () => {
    const table = createTable(stage([quarter]))
    table.take(1, ...some(50_000, 0, 1))
    expect(table.take(2, ...some(0, 15_000, 2))).toEqual([])
    expect(table.take(3, ...some(0, 2000, 3))).toHaveLength(1)
    expect(table.facts()).toMatchObject({ atLeast: true, requests: 67_000 })
  })
})
