import { describe, expect, it } from 'vitest'

import type { RulesOptions } from '../../../src/model/rule.ts'
import { decided, failed, rule, stage } from './decided.ts'
import { createTable, ms, type Table } from './table.ts'

/** 1 in 10 s, gone after 20 s. */
const single = rule({ count: 1, windowMs: 10_000, keepFiringForMs: 20_000 })
const KEY = 'spanpager/failures/proxy'
const state = (table: Table) => table.rules.status(0)[0]!.state

describe('an alert', () => {
  it('has a name for each state, and the time since', () => {
    const table = createTable(stage([{ ...single, count: 2, forMs: 5000 }]))
    const seen = (seconds: number) => {
      table.pass(seconds)
      const { state: name, sinceMs } = table.rules.status(ms(seconds))[0]!
      return [name, (sinceMs - ms(0)) / 1000]
    }
    table.take(1, failed(1))
    expect(seen(1)).toEqual(['inactive', 1])
    table.take(2, failed(2))
    expect(seen(2)).toEqual(['pending', 2])
    expect(seen(8)).toEqual(['firing', 7])
    expect(seen(12)).toEqual(['recovering', 11])
    table.take(13, decided(13))
    expect(seen(40)).toEqual(['inactive', 31])
  })

  it('is told to the status with its numbers', () => {
    const table = createTable(stage([{ ...single, ratio: 0.2 }]))
    table.take(1, failed(1), decided(1), decided(1), decided(1))
    expect(table.rules.status(ms(1))).toEqual([
      {
        rule: 'failures',
        ruleKind: 'failures',
        group: [{ key: 'service.name', value: 'proxy' }],
        state: 'firing',
        sinceMs: ms(1),
        count: 1,
        threshold: 1,
        ratio: 0.25,
        ratioThreshold: 0.2,
        windowMs: 10_000,
        inRollUp: false,
        dedupKey: KEY,
      },
    ])
    expect(table.rules.status(ms(30))[0]).toMatchObject({ count: 0 })
    expect(table.rules.status(ms(30))[0]).not.toHaveProperty('ratio')
  })
})

describe('for', () => {
  const patient = stage([{ ...single, forMs: 5000 }])

  it('delays the firing, at the very moment', () => {
    const table = createTable(patient)
    expect(table.take(1, failed(1))).toEqual([])
    expect(table.rules.nextWakeMs()).toBe(ms(6))
    expect(table.pass(5.999)).toEqual([])
    expect(table.pass(9)).toEqual([`firing ${KEY} at 6: 1`])
  })

  it('fires nothing when the condition did not hold that long', () => {
    const table = createTable(stage([{ ...single, forMs: 10_000 }]))
    table.take(1, failed(1))
    expect(table.pass(60)).toEqual([])
    expect(state(table)).toBe('inactive')
    const longer = createTable(stage([{ ...single, forMs: 10_000 }]))
    longer.take(1, failed(1))
    longer.take(10, failed(10))
    expect(longer.pass(60)).toEqual([`firing ${KEY} at 11: 1`])
  })

  it('starts again after a pause', () => {
    const table = createTable(patient)
    const attempt = failed(1)
    table.take(1, attempt)
    table.revise(2, attempt, undefined)
    expect(state(table)).toBe('inactive')
    table.take(3, failed(3))
    expect(table.pass(20)).toEqual([`firing ${KEY} at 8: 1`])
  })

  it('counts a burst found late from its arrival', () => {
    const table = createTable(stage([{ ...single, count: 2, forMs: 5000 }]))
    expect(table.take(12, failed(1), failed(9))).toEqual([])
    expect(table.pass(30)).toEqual([`firing ${KEY} at 17: 2`])
    const over = createTable(stage([{ ...single, count: 2, forMs: 5000 }]))
    over.take(20, failed(1), failed(9))
    expect(over.pass(60)).toEqual([])
  })
})

describe('a resolve', () => {
  it('waits for keep_firing_for', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    table.take(12, decided(12))
    expect(table.rules.nextWakeMs()).toBe(ms(31))
    expect(table.pass(30.999)).toEqual([])
    expect(table.pass(31)).toEqual([`resolved ${KEY} at 31: recovered, peak 1, total 1`])
    expect(table.rules.nextWakeMs()).toBeUndefined()
  })

  it('waits for a request that ended ok after the condition became false', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    table.take(40, decided(11), decided(30, { outcome: 'rejected' }), failed(-400, { late: true }))
    expect(table.pass(100)).toEqual([])
    expect(table.take(100, decided(11.000_000_001))).toEqual([
      `resolved ${KEY} at 100: recovered, peak 1, total 1`,
    ])
  })

  it('comes without one when there was no request at all for long', () => {
    const table = createTable(stage([single], { noTrafficResolveAfterMs: 60_000 }))
    table.take(1, failed(1))
    table.take(40, decided(40, { outcome: 'canceled' }))
    expect(table.rules.nextWakeMs()).toBe(ms(100))
    expect(table.pass(99.999)).toEqual([])
    expect(table.pass(200)).toEqual([`resolved ${KEY} at 100: no_traffic, peak 1, total 1`])
  })

  it('comes at once where nothing is to be waited for', () => {
    const hasty = { ...single, count: 2, keepFiringForMs: 0 }
    const table = createTable(stage([hasty], { noTrafficResolveAfterMs: 0 }))
    expect(table.take(30, failed(1), failed(2))).toEqual([
      `firing ${KEY} at 30: 2`,
      `resolved ${KEY} at 30: no_traffic, peak 2, total 2`,
    ])
  })

  it('counts silence from the last arrival, not from a revision', () => {
    const table = createTable(stage([single], { noTrafficResolveAfterMs: 60_000 }))
    const canceled = decided(1.5, { outcome: 'canceled' })
    table.take(1.5, canceled)
    table.revise(3.5, canceled, { ...canceled, outcome: 'failed' })
    expect(table.pass(100)).toEqual([`resolved ${KEY} at 61.5: no_traffic, peak 1, total 1`])
  })

  it('is not nearer for what other groups do', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    table.take(40, decided(40, { group: ['other'] }))
    expect(table.pass(100)).toEqual([])
  })

  it('starts from anew when the condition is true again, without an event', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    table.take(12, decided(12))
    expect(table.take(20, failed(20))).toEqual([])
    expect(state(table)).toBe('firing')
    expect(table.pass(60)).toEqual([])
    expect(table.take(60, decided(60))).toEqual([
      `resolved ${KEY} at 60: recovered, peak 1, total 2`,
    ])
  })

  it('starts from anew when a burst of the past becomes known', () => {
    const table = createTable(stage([{ ...single, count: 2 }]))
    table.take(2, failed(1), failed(2))
    table.take(12, decided(12))
    expect(table.take(30, failed(14), failed(15))).toEqual([])
    expect(table.pass(100)).toEqual([])
    expect(table.take(100, decided(30.5))).toEqual([
      `resolved ${KEY} at 100: recovered, peak 2, total 4`,
    ])
  })

  it('tells peak and total of the whole episode', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1), failed(1))
    table.take(5, failed(5), failed(5), failed(5))
    table.take(16, failed(16))
    table.take(30, decided(30))
    expect(table.pass(100)).toEqual([`resolved ${KEY} at 46: recovered, peak 5, total 6`])
  })
})

describe('flapping', () => {
  const flappy = (fields: Partial<RulesOptions> = {}) =>
    createTable(stage([single], { flapWindowMs: 60_000, ...fields }))
  /** Fires at `at`, has a good request when the condition is false, and tells when it resolves. */
  function episode(table: Table, at: number): number {
    expect(table.take(at, failed(at))).toEqual([`firing ${KEY} at ${at}: 1`])
    table.take(at + 11, decided(at + 11))
    const [line] = table.pass(at + 11 + 7200)
    return Number(/ at (\d+):/.exec(line!)![1]) - (at + 10)
  }

  it('doubles keep_firing_for, up to 30 minutes', () => {
    const table = flappy({ flapWindowMs: 24 * 3_600_000 })
    const kept = Array.from({ length: 9 }, (_, at) => episode(table, at * 10_000))
    expect(kept).toEqual([20, 40, 80, 160, 320, 640, 1280, 1800, 1800])
  })

  it.each([
    [91, 40],
    [91.001, 20],
  ])('is firing within flap_window of the resolve at 31 s: %d s', (at, kept) => {
    const table = flappy()
    table.take(1, failed(1))
    table.take(12, decided(12))
    table.pass(31)
    table.take(at, failed(at))
    table.take(at + 11, decided(at + 11))
    expect(table.rules.nextWakeMs()).toBe(ms(at + 10 + kept))
  })

  it('is off with 0', () => {
    const table = flappy({ flapWindowMs: 0 })
    table.take(1, failed(1))
    table.take(12, decided(12))
    table.pass(31)
    table.take(31, failed(31))
    table.take(42, decided(42))
    expect(table.rules.nextWakeMs()).toBe(ms(61))
  })

  it('never shortens a keep_firing_for above 30 minutes', () => {
    const hour = { ...single, keepFiringForMs: 3_600_000 }
    const table = createTable(stage([hour], { flapWindowMs: 24 * 3_600_000 }))
    expect([episode(table, 0), episode(table, 10_000)]).toEqual([3600, 3600])
  })
})

describe('time', () => {
  it('never goes back', () => {
    const table = createTable(stage([single]))
    table.take(5, failed(5))
    expect(table.take(3, failed(3))).toEqual([])
    expect(table.pass(4)).toEqual([])
    table.take(16, decided(16))
    expect(table.pass(100)).toEqual([`resolved ${KEY} at 35: recovered, peak 2, total 2`])
  })

  it('passes by itself between entries', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    table.take(12, decided(12))
    // What was due meanwhile comes first, at its own time.
    expect(table.take(50, failed(50))).toEqual([
      `resolved ${KEY} at 31: recovered, peak 1, total 1`,
      `firing ${KEY} at 50: 1`,
    ])
  })

  it('tells nothing when there was nothing', () => {
    const table = createTable(stage([single]))
    expect(table.rules.settle(ms(1))).toEqual([])
    expect(table.pass(2)).toEqual([])
    expect(table.rules.nextWakeMs()).toBeUndefined()
    expect(table.rules.status(ms(2))).toEqual([])
  })

  it('wakes nobody for what has moved on', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    expect(table.rules.nextWakeMs()).toBe(ms(11))
    table.take(5, failed(5))
    expect(table.rules.nextWakeMs()).toBe(ms(15))
  })
})

describe('a restart', () => {
  it('keeps what fires for a window of live data', () => {
    const table = createTable(stage([single], { noTrafficResolveAfterMs: 60_000 }))
    table.take(1, failed(1))
    const after = table.restart(stage([single], { noTrafficResolveAfterMs: 60_000 }))
    after.rules.restarted(ms(1000))
    expect(after.pass(1000)).toEqual([])
    expect(after.rules.nextWakeMs()).toBe(ms(1010))
    expect(after.pass(1010)).toEqual([`resolved ${KEY} at 1010: no_traffic, peak 1, total 1`])
  })

  it('is waited for although a good request came at once', () => {
    const table = createTable(stage([single]))
    table.take(1, failed(1))
    const after = table.restart(stage([single]))
    after.rules.restarted(ms(1000))
    after.take(1000, decided(1000))
    expect(after.pass(2000)).toEqual([`resolved ${KEY} at 1010: recovered, peak 1, total 1`])
  })
})
