import { describe, expect, it } from 'vitest'

import type { DecidedRequest } from '../../../src/model/record.ts'
import { decided, hangRule, rule, stage } from './decided.ts'
import { createTable, ms } from './table.ts'

/** 2 that waited 10 s, in 60 s. */
const two = stage([hangRule()])
const one = stage([hangRule({ count: 1 })])
const KEY = 'spanpager/hangs/proxy'

/** A request of so many seconds that began at `start`. */
function lasted(start: number, duration: number, fields: Partial<DecidedRequest> = {}) {
  return decided(start + duration, { duration, ...fields })
}

describe('a hang', () => {
  it.each<[string, Partial<DecidedRequest>, boolean, boolean]>([
    ['a good request, no stream', {}, true, true],
    ['a failed request', { outcome: 'failed' }, true, true],
    ['a canceled request', { outcome: 'canceled' }, true, true],
    ['a rejected request', { outcome: 'rejected' }, true, true],
    ['a good stream, first chunk unknown', { stream: true }, false, true],
    ['a broken stream, first chunk unknown', { stream: true, outcome: 'failed' }, true, true],
    ['a stream, first chunk in time', { stream: true, firstChunkNano: 1e9 }, false, true],
    ['first chunk a ns before the threshold', { firstChunkNano: 10e9 - 1 }, false, true],
    ['first chunk at the threshold', { firstChunkNano: 10e9 }, true, true],
    ['first chunk at once', { firstChunkNano: 0 }, false, true],
    ['duration a ns below the threshold', { durationNano: 10e9 - 1 }, false, false],
    ['duration at the threshold', { durationNano: 10e9 }, true, true],
  ])('%s', (_, fields, untilFirstChunk, untilEnd) => {
    const request = lasted(0, 20, fields)
    const hangs = (hangingUntil: 'first_chunk' | 'end') => {
      const table = createTable({ ...one, hangingUntil })
      const changes = table.take(20, request)
      expect(table.rules.counters.hangs.ended).toBe(changes.length)
      return changes.length === 1
    }
    expect(hangs('first_chunk')).toBe(untilFirstChunk)
    expect(hangs('end')).toBe(untilEnd)
  })

  it('may be as short as 100 ns', () => {
    const table = createTable(stage([hangRule({ count: 1, waitingNano: 100 })]))
    expect(table.take(1, decided(1, { durationNano: 99 }))).toEqual([])
    expect(table.take(1, decided(1, { durationNano: 100 }))).toEqual([`firing ${KEY} at 1: 1`])
    expect(table.facts()).toMatchObject({ waitingMs: 0.0001, oldestWaitingMs: 0.0001 })
  })

  it('is counted once, however many rules it hangs for', () => {
    const rules = [hangRule(), hangRule({ name: 'slow', waitingNano: 15e9 })]
    const table = createTable(stage([...rules, rule({ count: 1 })]))
    table.take(20, lasted(0, 12), lasted(0, 20), lasted(15, 5))
    expect(table.rules.counters.hangs).toEqual({ announced: 0, lost: 0, ended: 2, inferred: 0 })
  })

  it('is withdrawn when a revision shows that it was none', () => {
    const table = createTable(two)
    const request = lasted(0, 20)
    table.take(20, request, lasted(0, 20))
    expect(table.rules.status(0)[0]!.state).toBe('firing')
    table.revise(21, request, { ...request, firstChunkNano: 1e9 })
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
    expect(table.rules.counters.hangsWithdrawn.ended).toBe(1)
    expect(table.rules.counters.hangs.ended).toBe(2)
  })

  it('is neither withdrawn nor counted again by a revision that leaves it one', () => {
    const table = createTable(two)
    const request = lasted(0, 20)
    table.take(20, request)
    table.revise(21, request, { ...request, outcome: 'failed' })
    expect(table.rules.counters.hangs.ended).toBe(1)
    expect(table.rules.counters.hangsWithdrawn.ended).toBe(0)
  })

  it('is none when it came too late', () => {
    const table = createTable(one)
    expect(table.take(500, lasted(0, 20, { late: true }))).toEqual([])
    expect(table.rules.counters.hangs.ended).toBe(0)
  })
})

describe('hangs', () => {
  it('end with the request, whatever it says of its first chunk', () => {
    const table = createTable(one)
    table.take(20, lasted(0, 20, { firstChunkNano: 30e9 }))
    expect(table.rules.nextWakeMs()).toBe(ms(80))
  })

  it('count while they touch the window', () => {
    const table = createTable(two)
    expect(table.take(20, lasted(0, 20))).toEqual([])
    // It hung until 20 s: at 79.999 s that is in the window, at 80 s it is not.
    expect(table.take(79.999, lasted(69.999, 10))).toHaveLength(1)
    const later = createTable(two)
    later.take(20, lasted(0, 20))
    expect(later.take(80, lasted(70, 10))).toEqual([])
  })

  it('recover a window after the last of them ended', () => {
    const table = createTable(two)
    table.take(20, lasted(0, 20), lasted(0, 18))
    table.pass(77.999)
    expect(table.rules.status(0)[0]!.state).toBe('firing')
    table.pass(78)
    expect(table.rules.status(0)[0]!.state).toBe('recovering')
  })

  it('are tested at their end too, when they are known only long after', () => {
    const table = createTable(one)
    // A stream of 200 s whose first chunk came after 15 s.
    expect(table.take(200, lasted(0, 200, { stream: true, firstChunkNano: 15e9 }))).toEqual([
      `firing ${KEY} at 200: 1`,
    ])
    expect(table.facts()).toMatchObject({ detectionLagMs: 185_000, firstSeenMs: 1767225610000 })
  })

  it('that hung together fire in whatever order they become known', () => {
    const short = stage([hangRule({ windowMs: 20_000 })])
    const early = lasted(0, 20)
    const long = lasted(5, 95)
    const apart = lasted(60, 40)
    const inOrder = createTable(short)
    expect(inOrder.take(20, early)).toEqual([])
    // At 20 s both hung.
    expect(inOrder.take(100, long)).toEqual([`firing ${KEY} at 100: 2`])
    const reversed = createTable(short)
    expect(reversed.take(100, long)).toEqual([])
    expect(reversed.take(101, early)).toEqual([`firing ${KEY} at 101: 2`])
    const never = createTable(short)
    expect(never.take(20, early)).toEqual([])
    expect(never.take(100, apart)).toEqual([])
  })

  it('take the waiting time of the first override that matches', () => {
    const overrides = [
      { match: [{ key: 1, patterns: ['gpt-4*', 'o?'] }], waitingNano: 30e9 },
      { match: [{ key: 1, patterns: ['gpt-*'] }], waitingNano: 5e9 },
    ]
    const hangs = (model: string | undefined, seconds: number) => {
      const table = createTable(stage([hangRule({ count: 1, overrides })]))
      return table.take(seconds, lasted(0, seconds, { group: ['proxy', model] })).length === 1
    }
    expect([hangs('gpt-4o', 29), hangs('gpt-4o', 30)]).toEqual([false, true])
    expect([hangs('o1', 29), hangs('o1', 30)]).toEqual([false, true])
    expect([hangs('gpt-3.5', 4), hangs('gpt-3.5', 5)]).toEqual([false, true])
    expect([hangs('claude', 9), hangs('claude', 10)]).toEqual([false, true])
    expect([hangs(undefined, 9), hangs(undefined, 10)]).toEqual([false, true])
  })
})
