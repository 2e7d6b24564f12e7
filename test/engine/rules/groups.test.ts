import { describe, expect, it } from 'vitest'

import { decided, failed, hangRule, rule, stage } from './decided.ts'
import { createTable, ms, type Table } from './table.ts'

/** 2 in 10 s, gone after 20 s. */
const pair = rule({ count: 2, windowMs: 10_000, keepFiringForMs: 20_000 })
const keys = (table: Table, seconds = 0) =>
  table.rules.status(ms(seconds)).map(({ group }) => group.map(({ value }) => value).join('/'))

describe('groups', () => {
  it('are counted apart, by value', () => {
    const table = createTable(stage([pair]))
    table.take(1, failed(1, { group: ['a'] }), failed(1, { group: ['b'] }))
    expect(table.take(2, failed(2, { group: ['b'] }))).toEqual([
      'firing spanpager/failures/b at 2: 2',
    ])
  })

  it('take what each rule groups by', () => {
    const rules = [
      { ...pair, name: 'all', groupBy: [] },
      { ...pair, name: 'both', groupBy: [1, 0] },
    ]
    const table = createTable(stage(rules))
    const group = ['a', 'gpt']
    expect(table.take(1, failed(1, { group }), failed(1, { group }))).toEqual([
      'firing spanpager/all at 1: 2',
      'firing spanpager/both/gpt/a at 1: 2',
    ])
    expect(table.rules.status(0)[1]!.group).toEqual([
      { key: 'model', value: 'gpt' },
      { key: 'service.name', value: 'a' },
    ])
  })

  it('name a missing value', () => {
    const table = createTable(stage([pair]))
    expect(table.take(1, failed(1, { group: [undefined] }), failed(1, { group: [] }))).toEqual([
      'firing spanpager/failures/(none) at 1: 2',
    ])
    expect(keys(table)).toEqual(['(none)'])
    expect(keys(table.restart(stage([pair])))).toEqual(['(none)'])
  })

  it('are told in the order of rules and values', () => {
    const table = createTable(
      stage([
        { ...pair, name: 'second' },
        { ...pair, name: 'first' },
      ]),
    )
    const both = (group: string) => [failed(1, { group: [group] }), failed(1, { group: [group] })]
    expect(table.take(1, ...both('b'), ...both('a'))).toEqual([
      'firing spanpager/second/a at 1: 2',
      'firing spanpager/second/b at 1: 2',
      'firing spanpager/first/a at 1: 2',
      'firing spanpager/first/b at 1: 2',
    ])
  })
})

describe('match', () => {
  const gpt = { ...pair, match: [{ key: 1, patterns: ['gpt-4*', 'o1'] }] }

  it.each([
    ['gpt-4o', 1],
    ['o1', 1],
    ['gpt-3.5', 0],
    [undefined, 0],
  ])('lets a rule see only what matches: %s', (model, firings) => {
    const group = ['a', model]
    const table = createTable(stage([gpt]))
    expect(table.take(1, failed(1, { group }), failed(1, { group }))).toHaveLength(firings)
  })

  it('needs every condition', () => {
    const both = { ...gpt, match: [...gpt.match, { key: 0, patterns: ['prod-*'] }] }
    const firings = (service: string) => {
      const group = [service, 'gpt-4']
      return createTable(stage([both])).take(1, failed(1, { group }), failed(1, { group })).length
    }
    expect([firings('prod-eu'), firings('dev')]).toEqual([1, 0])
  })
})

describe('groups past max_groups', () => {
  const crowded = stage([pair], { maxGroups: 1 })

  it('share one, which can page', () => {
    const table = createTable(crowded)
    table.take(1, failed(1, { group: ['a'] }))
    expect(table.take(2, failed(2, { group: ['b'] }), failed(2, { group: ['c'] }))).toEqual([
      'firing spanpager/failures/(other) at 2: 2',
    ])
    expect(keys(table)).toEqual(['a', '(other)'])
    expect(table.rules.counters.overflowed).toBe(2)
    expect(table.take(3, failed(3, { group: ['a'] }))).toEqual([
      'firing spanpager/failures/a at 3: 2',
    ])
    expect(table.rules.counters.overflowed).toBe(2)
  })

  it('are sought there when a request is taken back', () => {
    const table = createTable(crowded)
    const group = ['b']
    const lost = failed(20, { group })
    table.take(1, decided(1, { group: ['a'] }))
    table.take(20, lost)
    // `a` is forgotten, and `b` gets its slot; what was counted of it stays shared.
    table.take(322, failed(322, { group }))
    const kept = () => windows(table.rules.snapshot())
    expect(kept()).toEqual({ '["b"]': 1, other: 1 })
    table.revise(323, lost, undefined)
    expect(kept()).toEqual({ '["b"]': 1, other: 0 })
  })

  it('get a slot of their own when there is one', () => {
    const table = createTable(crowded)
    const b = ['b']
    table.take(1, decided(1, { group: ['a'] }))
    table.take(2, failed(2, { group: b }))
    expect(keys(table)).toEqual(['a', '(other)'])
    // Forgotten after a window and what may still come late.
    table.take(320, failed(319, { group: b }))
    expect(keys(table)).toEqual(['a', '(other)'])
    table.take(322, failed(322, { group: b }))
    expect(keys(table)).toEqual(['b', '(other)'])
  })
})

describe('a slot', () => {
  it('is given back when its windows are empty', () => {
    const table = createTable(stage([pair]))
    table.take(1, failed(1))
    table.pass(320)
    expect(keys(table)).toEqual(['proxy'])
    table.pass(322)
    expect(keys(table)).toEqual([])
  })

  it('is taken anew by the same values', () => {
    const group = ['proxy']
    const table = createTable(stage([pair]))
    table.take(1, failed(1, { group }))
    expect(table.take(400, failed(400, { group }), failed(400, { group }))).toHaveLength(1)
    expect(keys(table)).toEqual(['proxy'])
  })

  it('is kept while an alert is open', () => {
    const table = createTable(stage([pair]))
    table.take(1, failed(1), failed(1))
    table.pass(1000)
    expect(keys(table)).toEqual(['proxy'])
    table.take(1000, decided(1000))
    table.pass(1322)
    expect(keys(table)).toEqual([])
  })

  it('is kept while flapping is to be remembered', () => {
    const table = createTable(stage([pair], { flapWindowMs: 600_000 }))
    table.take(1, failed(1), failed(1))
    table.take(12, decided(12))
    expect(table.pass(631)).toEqual([
      'resolved spanpager/failures/proxy at 31: recovered, peak 2, total 2',
    ])
    expect(keys(table)).toEqual(['proxy'])
    table.pass(632)
    expect(keys(table)).toEqual([])
  })

  it('is kept for hangs and for late requests too', () => {
    const table = createTable(stage([hangRule({ count: 5, windowMs: 10_000 })]))
    table.take(20, decided(20, { duration: 20, outcome: 'canceled' }))
    table.take(100, decided(-400, { late: true }))
    table.pass(419)
    expect(keys(table)).toEqual(['proxy'])
    table.pass(425)
    expect(keys(table)).toEqual([])
  })
})

interface Saved {
  readonly rules: readonly {
    readonly groups: readonly {
      readonly key: string
      readonly counts: { readonly window: { readonly occurrences: readonly unknown[] } }
    }[]
  }[]
}

/** How many failures are kept of each group. */
function windows(snapshot: unknown): Record<string, number> {
  const { rules }: Saved = JSON.parse(JSON.stringify(snapshot))
  return Object.fromEntries(
    rules.flatMap(({ groups }) =>
      groups.map(({ key, counts }) => [key, counts.window.occurrences.length]),
    ),
  )
}
