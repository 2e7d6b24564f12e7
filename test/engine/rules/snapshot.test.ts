import { describe, expect, it } from 'vitest'

import { createRules } from '../../../src/engine/rules/rules.ts'
import type { RuleOptions } from '../../../src/model/rule.ts'
import { decided, EPOCH_MS, failed, hangRule, lost, opened, rule, stage } from './decided.ts'
import { createTable, ms } from './table.ts'

/** 2 in 10 s, gone after 20 s. */
const pair = rule({ count: 2, windowMs: 10_000, keepFiringForMs: 20_000 })
const KEY = 'spanpager/failures/proxy'

/** A firing group, a group with one failure, and an hour for silence to resolve. */
function running(fields: Partial<RuleOptions> = {}) {
  const table = createTable(stage([{ ...pair, ...fields }]))
  table.take(1, failed(1), failed(1), failed(1, { group: ['b'] }))
  return table
}

describe('a snapshot', () => {
  it.each([[null], ['text'], [{}], [{ version: 3 }]])('is ours or refused: %j', (snapshot) => {
    expect(() => createRules(stage([pair]), EPOCH_MS, snapshot)).toThrow('no snapshot of rules')
  })

  it('may be used twice', () => {
    const snapshot = running().rules.snapshot()
    const text = JSON.stringify(snapshot)
    const first = createRules(stage([pair]), EPOCH_MS, snapshot)
    first.observe(undefined, failed(2), ms(2))
    first.settle(ms(2))
    expect(JSON.stringify(snapshot)).toBe(text)
  })

  it('may be continued with another epoch', () => {
    const epochMs = EPOCH_MS + 5000
    // A burst found late, so that its event time is in the snapshot too.
    const table = createTable(stage([pair]))
    table.take(18, failed(1), failed(9.5))
    const after = table.restart(stage([pair]), epochMs)
    expect(after.rules.nextWakeMs()).toBe(table.rules.nextWakeMs())
    expect(after.rules.nextWakeMs()).toBe(ms(19.5))
    expect(after.rules.status(ms(10))).toEqual(table.rules.status(ms(10)))
    const any: unknown[] = Array.from({ length: 3 }, () => expect.anything())
    const occurrences = [
      [-4e9, -4e9, ...any],
      [4.5e9, 4.5e9, ...any],
    ]
    expect(after.rules.snapshot()).toMatchObject({
      epochMs,
      rules: [{ groups: [{ counts: { lateBurst: 4.5e9, window: { occurrences } } }] }],
    })
  })

  it('holds what has not ended, with another epoch too', () => {
    const options = stage([hangRule({ count: 4, waitingNano: 20e9 })])
    const table = createTable(options)
    const requests = [
      opened(0),
      opened(2, { progressNano: 29e9 }),
      lost(opened(5), 15),
      opened(30, { evidence: 'inferred' }),
    ]
    table.take(30, ...requests)
    const epochMs = EPOCH_MS + 5000
    const after = table.restart(options, epochMs).restart(options)
    expect(after.rules.snapshot()).toEqual(JSON.parse(JSON.stringify(table.rules.snapshot())))
    expect(after.rules.nextWakeMs()).toBe(ms(50))
    expect(after.pass(60)).toEqual(['firing spanpager/hangs/proxy at 50: 4'])
    expect(table.pass(60)).toHaveLength(1)
    expect(after.facts()).toEqual(table.facts())
    expect(after.facts()).toMatchObject({ open: 4, oldestWaitingMs: 50_000 })
    // Those of before were counted before.
    expect(after.rules.counters.hangs).toEqual({ announced: 0, lost: 0, ended: 0, inferred: 1 })
  })

  it('of version 1, in which all had ended, can be read', () => {
    const table = createTable(stage([hangRule({ count: 2 })]))
    table.take(20, decided(20, { duration: 20 }))
    const { hangs: _, ...snapshot } = JSON.parse(JSON.stringify(table.rules.snapshot()))
    const options = stage([hangRule({ count: 1 })])
    const rules = createRules(options, EPOCH_MS, { ...snapshot, version: 1 })
    expect(rules.advanceTo(ms(21))).toMatchObject([
      { kind: 'firing', facts: { count: 1, open: 0 } },
    ])
  })

  it('keeps changes that nobody has taken yet', () => {
    const lower = stage([{ ...pair, count: 1 }])
    const after = running().restart(lower)
    expect(after.rules.nextWakeMs()).toBe(ms(1))
    expect(after.restart(lower).pass(2)).toEqual(['firing spanpager/failures/b at 1: 1'])
  })
})

describe('changed configuration', () => {
  it.each<[string, Partial<RuleOptions>]>([
    ['count', { count: 5 }],
    ['ratio', { ratio: 0.5 }],
    ['for', { forMs: 1000 }],
    ['keep_firing_for', { keepFiringForMs: 1000 }],
    ['severity', { severity: 'info' }],
    ['the waiting time of failures', { waitingNano: 1e9 }],
  ])('keeps the windows when only a threshold changes: %s', (_, fields) => {
    const after = running().restart(stage([{ ...pair, ...fields }]))
    expect(after.rules.warming).toEqual([])
    expect(after.rules.status(ms(1)).map(({ count }) => count)).toEqual([1, 2])
  })

  it('judges by the new threshold at once', () => {
    const raised = running().restart(stage([{ ...pair, count: 3 }]))
    expect(raised.rules.status(ms(1))[1]!.state).toBe('recovering')
    const lowered = running().restart(stage([{ ...pair, count: 1 }]))
    expect(lowered.pass(2)).toEqual(['firing spanpager/failures/b at 1: 1'])
  })

  it.each<[string, Partial<RuleOptions>]>([
    ['window', { windowMs: 11_000 }],
    ['match', { match: [{ key: 0, patterns: ['*'] }] }],
  ])('empties the windows and keeps the episodes when the %s changes', (_, fields) => {
    const after = running().restart(stage([{ ...pair, ...fields }]))
    expect(after.rules.warming).toEqual(['failures'])
    // The group that does not fire is forgotten.
    expect(after.rules.status(ms(1))).toMatchObject([
      { state: 'recovering', count: 0, dedupKey: KEY },
    ])
    after.take(2, decided(2))
    expect(after.pass(30)).toEqual([`resolved ${KEY} at 21: recovered, peak 2, total 2`])
  })

  it('empties the windows when what selects requests changes', () => {
    const options = stage([pair], { selectionFingerprint: 'preset: auto' })
    expect(running().restart(options).rules.warming).toEqual(['failures'])
  })

  it.each<[string, Partial<RuleOptions>, 'first_chunk' | 'end']>([
    ['waiting time', { waitingNano: 5e9 }, 'first_chunk'],
    ['hanging_until', {}, 'end'],
    ['override', { overrides: [{ match: [], waitingNano: 1e9 }] }, 'first_chunk'],
  ])('empties the windows of hangs when the %s changes', (_, fields, hangingUntil) => {
    const table = createTable(stage([hangRule()]))
    table.take(20, decided(20, { duration: 20 }))
    expect(table.restart(stage([hangRule()])).rules.warming).toEqual([])
    const options = stage([hangRule(fields)], { hangingUntil })
    expect(table.restart(options).rules.warming).toEqual(['hangs'])
  })

  it('resolves the episodes of a removed rule after keep_firing_for', () => {
    const table = createTable(stage([pair, hangRule()], { maxIncidents: 1 }))
    const bad = ['a', 'b', 'c'].flatMap((group) => [
      failed(1, { group: [group] }),
      failed(1, { group: [group] }),
    ])
    table.take(1, ...bad)
    const after = table.restart(stage([hangRule()]))
    expect(after.rules.warming).toEqual([])
    expect(after.rules.nextWakeMs()).toBe(ms(21))
    expect(after.pass(20.999)).toEqual([])
    // Another restart forgets nothing.
    const again = after.restart(stage([hangRule()]))
    expect(again.pass(60)).toEqual([
      'resolved spanpager/failures/a at 21: rule_removed, peak 2, total 2',
      'resolved spanpager/failures/(roll-up) at 21: rule_removed, peak 4, total 4',
    ])
    expect(again.rules.nextWakeMs()).toBeUndefined()
  })

  it('resolves them in the order of time among the others', () => {
    const kept = { ...pair, name: 'kept', count: 3, forMs: 25_000, windowMs: 60_000 }
    const table = createTable(stage([pair, { ...kept, keepFiringForMs: 0 }]))
    table.take(1, failed(1), failed(1), failed(1))
    const after = table.restart(stage([{ ...kept, keepFiringForMs: 0 }]))
    after.take(5, failed(5))
    expect(after.pass(100)).toEqual([
      `resolved ${KEY} at 21: rule_removed, peak 3, total 3`,
      'firing spanpager/kept/proxy at 26: 4',
    ])
  })

  it.each<[string, Partial<RuleOptions>]>([
    ['group_by', { groupBy: [0, 1] }],
    ['kind', { on: 'hangs' }],
  ])('treats a rule with another %s as another rule', (_, fields) => {
    const after = running().restart(stage([{ ...pair, ...fields }]))
    expect(after.rules.warming).toEqual(['failures'])
    expect(after.rules.status(ms(1))).toEqual([])
    expect(after.pass(60)).toEqual([`resolved ${KEY} at 21: rule_removed, peak 2, total 2`])
  })

  it('resolves no incident that a rule of the same name has taken over', () => {
    const without = running().restart(stage([]))
    const back = without.restart(stage([pair]))
    expect(back.take(5, failed(5), failed(5))).toEqual([`firing ${KEY} at 5: 2`])
    back.take(16, decided(16))
    expect(back.pass(60)).toEqual([`resolved ${KEY} at 35: recovered, peak 2, total 2`])
  })
})
