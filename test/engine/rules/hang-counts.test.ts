import { describe, expect, it } from 'vitest'

import { createRulesCounters } from '../../../src/engine/counters.ts'
import { HangCounts, NO_HANG_COUNTS } from '../../../src/engine/rules/hang-counts.ts'
import { decided, endOf, hangRule, lost, opened, stage } from './decided.ts'
import { createTable, ms } from './table.ts'

const NONE = { announced: 0, lost: 0, ended: 0, inferred: 0 }
/** A hang after 10 s, of slow models after 50 s. */
const overrides = [{ match: [{ key: 1, patterns: ['slow'] }], waitingNano: 50e9 }]
const options = stage([hangRule({ overrides, count: 99 })])
const slow = { group: ['proxy', 'slow'] }

describe('the count of hangs', () => {
  it('counts a request once, when its time has come, by what is known of it then', () => {
    const table = createTable(options)
    const { counters } = table.rules
    const request = opened(0, slow)
    table.take(10, request)
    const silent = lost(request, 40)
    table.revise(41, request, silent)
    table.pass(49.999)
    expect(counters.hangs).toEqual(NONE)
    expect(table.rules.nextWakeMs()).toBe(ms(50))
    table.pass(60)
    expect(counters.hangs).toEqual({ ...NONE, lost: 1 })
    table.revise(70, silent, request)
    table.revise(80, request, endOf(request, 80))
    expect(counters).toMatchObject({ hangs: { ...NONE, lost: 1 }, hangsWithdrawn: NONE })
  })

  it('counts it once, however many rules it hangs for', () => {
    const rules = [hangRule({ waitingNano: 30e9 }), hangRule({ name: 'long', waitingNano: 20e9 })]
    const table = createTable(stage(rules))
    table.take(10, opened(0))
    table.pass(19.999)
    expect(table.rules.counters.hangs.announced).toBe(0)
    table.pass(20)
    expect(table.rules.counters.hangs.announced).toBe(1)
    table.pass(100)
    expect(table.rules.counters.hangs.announced).toBe(1)
  })

  it.each([['announced'], ['inferred']] as const)(
    'withdraws what turns out to be none, as what it was counted: %s',
    (evidence) => {
      const table = createTable(options)
      const request = opened(0, { evidence })
      table.take(10, request)
      const ended = endOf(request, 20, { firstChunkNano: 1e9 })
      table.revise(20, { ...request, evidence }, ended)
      expect(table.rules.counters).toMatchObject({
        hangs: { ...NONE, [evidence]: 1 },
        hangsWithdrawn: { ...NONE, [evidence]: 1 },
      })
    },
  )

  it('remembers as what it was counted for as long as it may be revised', () => {
    const table = createTable(options)
    const request = opened(0)
    table.take(10, request)
    const ended = endOf(request, 20)
    table.revise(20, request, ended)
    const inTime = { ...ended, firstChunkNano: 1e9 }
    const soon = table.restart(options)
    soon.revise(329.999, ended, inTime)
    expect(soon.rules.counters.hangsWithdrawn).toEqual({ ...NONE, announced: 1 })
    const late = table.restart(options)
    late.revise(330, ended, inTime)
    expect(late.rules.counters.hangsWithdrawn).toEqual({ ...NONE, ended: 1 })
  })

  it('forgets what is none before its time has come', () => {
    const table = createTable(options)
    const request = opened(0, slow)
    table.take(10, request)
    table.revise(30, request, { ...request, firstChunkNano: 5e9 })
    expect(table.rules.nextWakeMs()).toBeUndefined()
    table.pass(100)
    expect(table.rules.counters).toMatchObject({ hangs: NONE, hangsWithdrawn: NONE })
  })

  it('goes by the newest waiting time', () => {
    const table = createTable(options)
    const request = opened(0, slow)
    table.take(10, request)
    const slower = { ...request, startNano: 5e9 }
    table.revise(11, request, slower)
    table.pass(54.999)
    expect(table.rules.counters.hangs.announced).toBe(0)
    table.pass(55)
    expect(table.rules.counters.hangs.announced).toBe(1)
    table.revise(56, slower, { ...slower, group: ['proxy'] })
    expect(table.rules.counters.hangs.announced).toBe(1)
  })

  it('is bounded: what is beyond is counted at its end', () => {
    const counters = createRulesCounters()
    const counts = new HangCounts(counters, 1000, NO_HANG_COUNTS)
    const requests = Array.from({ length: 100_001 }, () => opened(0))
    for (const request of requests) counts.note(undefined, false, request, 10, 10)
    expect(counters.hangs).toEqual({ ...NONE, announced: 100_000 })
    for (const request of requests) counts.note(request, true, endOf(request, 1), 10, 20)
    expect(counters.hangs).toEqual({ ...NONE, announced: 100_000, ended: 1 })
    counts.advanceTo(21)
    expect(counts.save().ended).toHaveLength(100_000)
    counts.advanceTo(1020)
    expect(counts.save()).toEqual(NO_HANG_COUNTS)
  })

  it('takes back nothing that was not counted', () => {
    const table = createTable(options)
    const request = decided(500, { durationNano: 20e9, late: true })
    table.take(500, request)
    table.revise(501, request, undefined)
    expect(table.rules.counters).toMatchObject({ hangs: NONE, hangsWithdrawn: NONE })
  })
})
