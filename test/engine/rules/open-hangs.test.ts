import { describe, expect, it } from 'vitest'

import type { OpenRequest } from '../../../src/model/record.ts'
import { decided, endOf, hangRule, lost, opened, rule, stage } from './decided.ts'
import { createTable, ms, type Table } from './table.ts'

/** 2 that waited 10 s, in 60 s; gone 10 s later. */
const two = stage([hangRule()])
const one = stage([hangRule({ count: 1 })])
const KEY = 'spanpager/hangs/proxy'
const state = (table: Table) => table.rules.status(0)[0]?.state
const count = (table: Table, seconds: number) => table.rules.status(ms(seconds))[0]?.count

describe('a request that has not ended', () => {
  it('hangs from start + threshold on, for as long as it is open', () => {
    const table = createTable(two)
    expect(table.take(10, opened(0), opened(2))).toEqual([])
    expect(table.rules.nextWakeMs()).toBe(ms(12))
    expect(table.pass(11.999)).toEqual([])
    expect(table.pass(12)).toEqual([`firing ${KEY} at 12: 2`])
    expect(table.rules.nextWakeMs()).toBeUndefined()
    table.pass(5000)
    expect(state(table)).toBe('firing')
  })

  it('fires at its own moment, however far time goes at once', () => {
    const table = createTable(two)
    table.take(10, opened(0), opened(2), opened(3))
    expect(table.pass(500)).toEqual([`firing ${KEY} at 12: 2`])
    expect(count(table, 500)).toBe(3)
  })

  it('counts a window longer than it was open', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    table.revise(30, request, endOf(request, 30))
    table.pass(89.999)
    expect(state(table)).toBe('firing')
    expect(table.pass(120)).toEqual([])
    expect(state(table)).toBe('recovering')
    expect(table.take(121, decided(91))).toEqual([
      `resolved ${KEY} at 121: recovered, peak 1, total 1`,
    ])
  })

  it('is neither traffic nor a failure', () => {
    const rules = [rule({ count: undefined, ratio: 0.5, minRequests: 1 }), hangRule({ count: 1 })]
    const table = createTable(stage(rules))
    table.take(10, opened(0))
    const [failures] = table.rules.status(ms(10))
    expect(failures).toMatchObject({ rule: 'failures', state: 'inactive', count: 0 })
    expect(failures).not.toHaveProperty('ratio')
    expect(table.facts().requests).toBe(0)
  })

  it('is both a hang and a failure once it ended badly', () => {
    const table = createTable(stage([rule({ count: 1 }), hangRule({ count: 1 })]))
    const request = opened(0)
    expect(table.take(10, request)).toEqual([`firing ${KEY} at 10: 1`])
    expect(table.revise(20, request, endOf(request, 20, { outcome: 'failed' }))).toEqual([
      'firing spanpager/failures/proxy at 20: 1',
    ])
    expect(table.rules.status(ms(20)).map((status) => status.count)).toEqual([1, 1])
  })

  it('stops counting when it is watched no more, but did hang', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    table.revise(20, request, undefined)
    expect(state(table)).toBe('recovering')
    expect(count(table, 20)).toBe(0)
    expect(table.rules.counters.hangsWithdrawn.announced).toBe(0)
    expect(table.take(30, decided(21))).toEqual([
      `resolved ${KEY} at 30: recovered, peak 1, total 1`,
    ])
  })

  it('never was one when it was only inferred', () => {
    const table = createTable(one)
    const request = opened(0, { evidence: 'inferred' })
    table.take(10, request)
    table.revise(20, request, undefined)
    expect(table.rules.counters.hangsWithdrawn.inferred).toBe(1)
    expect(table.take(30, decided(21))).toEqual([
      `resolved ${KEY} at 30: recovered, peak 1, total 0`,
    ])
  })

  it('counts as what its end says of its group and waiting time', () => {
    const overrides = [{ match: [{ key: 1, patterns: ['slow'] }], waitingNano: 50e9 }]
    const table = createTable(stage([hangRule({ count: 1, overrides })]))
    const request = opened(0)
    table.take(10, request)
    table.revise(20, request, endOf(request, 20, { group: ['proxy', 'slow'] }))
    expect(state(table)).toBe('recovering')
  })
})

describe('hanging_until', () => {
  it.each<[string, Partial<OpenRequest>, boolean, boolean]>([
    ['nothing came', {}, true, true],
    ['a first chunk in time', { firstChunkNano: 9e9 }, false, true],
    ['a first chunk at the threshold', { firstChunkNano: 10e9 }, true, true],
    ['a first chunk at once, and progress', { firstChunkNano: 0, progressNano: 30e9 }, false, true],
    ['progress in time', { progressNano: 9e9 }, false, true],
    ['progress at the threshold', { progressNano: 10e9 }, true, true],
  ])('%s', (_, fields, untilFirstChunk, untilEnd) => {
    const hangs = (hangingUntil: 'first_chunk' | 'end') =>
      createTable({ ...one, hangingUntil }).take(30, opened(0, fields)).length === 1
    expect(hangs('first_chunk')).toBe(untilFirstChunk)
    expect(hangs('end')).toBe(untilEnd)
  })

  it('first_chunk lets a hang end with the first sign of an answer', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    table.revise(30, request, { ...request, progressNano: 25e9 })
    expect(table.rules.nextWakeMs()).toBe(ms(85))
  })

  it('end asks for nothing but the end', () => {
    const table = createTable({ ...one, hangingUntil: 'end' })
    const request = opened(0)
    table.take(10, request)
    table.revise(30, request, { ...request, firstChunkNano: 1e9, progressNano: 29e9 })
    expect(table.rules.nextWakeMs()).toBeUndefined()
    expect(state(table)).toBe('firing')
  })
})

describe('a lost request', () => {
  it('leaves the count a window after its lease ended', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    table.revise(31, request, lost(request, 30))
    expect(table.rules.nextWakeMs()).toBe(ms(90))
    table.pass(89.999)
    expect(state(table)).toBe('firing')
    table.pass(90)
    expect(state(table)).toBe('recovering')
  })

  it.each([
    [69.999, true],
    [70, false],
  ])('keeps ageing: lost at 5 s, it hangs from %d s on or never', (threshold, hangs) => {
    const table = createTable(stage([hangRule({ count: 1, waitingNano: threshold * 1e9 })]))
    // Lost at 10 s, so that 70 s is a window later.
    table.take(20, lost(opened(0), 10))
    expect(table.pass(200)).toEqual(hangs ? [`firing ${KEY} at 69.999: 1`] : [])
    expect(table.rules.counters.hangs.lost).toBe(hangs ? 1 : 0)
  })

  it('counts again when it is heard of', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    const silent = lost(request, 30)
    table.revise(31, request, silent)
    table.pass(95)
    table.revise(95, silent, request)
    expect(state(table)).toBe('firing')
    expect(table.rules.nextWakeMs()).toBeUndefined()
    expect(table.rules.counters.hangs).toMatchObject({ announced: 1, lost: 0 })
  })

  it('makes no second page when its end comes after its episode', () => {
    const table = createTable(stage([hangRule({ count: 1 })], { noTrafficResolveAfterMs: 0 }))
    const request = opened(0)
    table.take(10, request)
    const silent = lost(request, 30)
    table.revise(31, request, silent)
    expect(table.pass(100)).toEqual([`resolved ${KEY} at 100: no_traffic, peak 1, total 1`])
    expect(table.revise(200, silent, endOf(request, 29))).toEqual([])
    expect(table.rules.counters.hangs).toMatchObject({ announced: 1, ended: 0 })
    expect(table.rules.counters.hangsWithdrawn).toMatchObject({ announced: 0, lost: 0 })
  })
})

describe('a burst of the past', () => {
  const short = stage([hangRule({ windowMs: 20_000 })], { noTrafficResolveAfterMs: 0 })
  const over = (table: Table) => table.take(40, decided(20, { duration: 20 }))

  it('is found by a request that is open still, and told of late', () => {
    const table = createTable(short)
    over(table)
    // The other has left the window long ago.
    expect(table.take(100, opened(5))).toEqual([`firing ${KEY} at 100: 2`])
    expect(state(table)).toBe('recovering')
    expect(table.facts()).toMatchObject({ open: 1, oldestWaitingMs: 95_000 })
  })

  it('is found although its last request was revised in the same entry', () => {
    const table = createTable(short)
    over(table)
    const request = opened(5)
    table.rules.observe(undefined, request, ms(100))
    expect(table.revise(100, request, { ...request, facts: { model: 'a' } })).toHaveLength(1)
  })

  it('is not looked for beyond what may still come late', () => {
    const table = createTable(short)
    over(table)
    // The group is not forgotten meanwhile.
    for (const at of [200, 400, 600]) table.take(at, decided(at))
    expect(table.take(700, opened(5))).toEqual([])
  })

  it('is not completed again by what an episode has used up', () => {
    const table = createTable(short)
    const requests = [opened(0), opened(0)]
    const silent = requests.map((request) => lost(request, 15))
    expect(table.take(10, ...requests)).toHaveLength(1)
    requests.forEach((request, at) => table.revise(16, request, silent[at]))
    expect(table.pass(60)).toHaveLength(1)
    for (const request of silent) expect(table.revise(70, request, endOf(request, 15))).toEqual([])
    expect(table.take(71, decided(20, { duration: 15 }))).toEqual([])
  })
})

describe('an episode of open hangs', () => {
  it('tells peak and total, also of what begins to hang by time alone', () => {
    const table = createTable(two)
    const requests = [0, 1, 5, 30].map((start) => opened(start))
    table.take(10, ...requests)
    expect(table.pass(20)).toEqual([`firing ${KEY} at 11: 2`])
    requests.forEach((request) => table.revise(35, request, endOf(request, 35)))
    // The last of them was only 5 s old.
    expect(table.take(106, decided(105.5))).toEqual([
      `resolved ${KEY} at 106: recovered, peak 3, total 3`,
    ])
  })

  it('counts a request once, whatever becomes of it', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    const silent = lost(request, 20)
    table.revise(21, request, silent)
    table.revise(30, silent, request)
    const ended = endOf(request, 40)
    table.revise(40, request, ended)
    table.revise(41, ended, { ...ended, facts: { model: 'gpt-4o' } })
    expect(table.take(115, decided(101))).toEqual([
      `resolved ${KEY} at 115: recovered, peak 1, total 1`,
    ])
  })

  it('is not over for want of traffic while requests are open', () => {
    const table = createTable(stage([hangRule()], { noTrafficResolveAfterMs: 60_000 }))
    const [first, second] = [opened(0), opened(0)]
    table.take(10, first, second)
    table.revise(20, first, endOf(first, 20))
    table.pass(1000)
    // Only one is left, and nothing was good since.
    expect(state(table)).toBe('recovering')
    expect(table.rules.nextWakeMs()).toBeUndefined()
    table.revise(1000, second, undefined)
    expect(table.pass(2000)).toEqual([`resolved ${KEY} at 1060: no_traffic, peak 2, total 2`])
  })

  it('is over when others are good again', () => {
    const table = createTable(two)
    const [first, second] = [opened(0), opened(0)]
    table.take(10, first, second)
    table.revise(20, first, endOf(first, 20))
    expect(table.take(90, decided(85))).toEqual([
      `resolved ${KEY} at 90: recovered, peak 2, total 2`,
    ])
    expect(count(table, 90)).toBe(1)
  })

  it('keeps its group, however long it lasts', () => {
    const table = createTable(two)
    table.take(10, opened(0))
    table.pass(10_000)
    expect(count(table, 10_000)).toBe(1)
  })
})

describe('a window full of open requests', () => {
  it('keeps those that have not ended, the oldest of them, and says "at least"', () => {
    const table = createTable(one)
    const requests = Array.from({ length: 10_001 }, (_, at) => opened(at / 1e4))
    table.take(11, decided(11, { duration: 11 }))
    expect(table.facts()).toMatchObject({ atLeast: false, open: 0 })
    table.take(12, ...requests)
    expect(count(table, 12)).toBe(10_000)
    expect(table.rules.counters.givenUp).toBe(2)
    const after = table.restart(one)
    after.revise(100, requests[10_000], undefined)
    expect(count(after, 100)).toBe(10_000)
    after.revise(100, requests[0], undefined)
    expect(count(after, 100)).toBe(9999)
  })

  it('puts what was given up back when there is room', () => {
    const options = stage([hangRule({ count: 10_000 })])
    const table = createTable(options)
    const requests = Array.from({ length: 10_001 }, (_, at) => opened(at / 1e4))
    expect(table.take(12, ...requests)).toEqual([`firing ${KEY} at 12: 10001`])
    const [first, last] = [requests[0]!, requests[10_000]!]
    table.revise(13, first, undefined)
    const ended = endOf(last, 13)
    table.revise(14, last, ended)
    expect(count(table, 14)).toBe(10_000)
    table.revise(15, ended, { ...ended, facts: { model: 'gpt-4o' } })
    table.pass(72.999)
    expect(state(table)).toBe('firing')
    const good = table.take(90, decided(89))
    expect(good).toEqual([`resolved ${KEY} at 90: recovered, peak 10001, total 10001`])
  })
})

describe('a late end', () => {
  it('ends a hang that was known, and counts as late', () => {
    const table = createTable(one)
    const request = opened(0)
    table.take(10, request)
    const ended = endOf(request, 100, { late: true, outcome: 'failed' })
    table.revise(500, request, ended)
    expect(state(table)).toBe('recovering')
    expect(table.rules.counters).toMatchObject({
      hangs: { announced: 1, ended: 0 },
      hangsWithdrawn: { announced: 0, ended: 0 },
    })
    table.revise(501, ended, undefined)
    expect(table.rules.counters.hangsWithdrawn.announced).toBe(1)
  })

  it('makes no failure of a request that was known to be open', () => {
    const table = createTable(stage([rule({ count: 1 }), hangRule()]))
    const request = opened(0)
    table.take(10, request)
    const ended = endOf(request, 20, { late: true, outcome: 'failed' })
    expect(table.revise(500, request, ended)).toEqual([])
  })
})

describe('groups past max_groups', () => {
  it('are those of open requests too', () => {
    const table = createTable(stage([rule(), hangRule({ count: 5 })], { maxGroups: 1 }))
    table.take(10, opened(0))
    const request = opened(0, { group: ['b'] })
    table.take(10, request)
    // Once for hangs, then once for failures.
    expect(table.rules.counters.overflowed).toBe(1)
    table.revise(20, request, endOf(request, 20))
    expect(table.rules.counters.overflowed).toBe(2)
  })
})
