import { describe, expect, it } from 'vitest'

import { decided, failed, rule, stage } from './decided.ts'
import { createTable, ms } from './table.ts'

/** 1 in 10 s, gone after 20 s; two incidents. */
const single = rule({ count: 1, windowMs: 10_000, keepFiringForMs: 20_000 })
const options = stage([single], { maxIncidents: 2 })
const ROLL_UP = 'spanpager/failures/(roll-up)'
const bad = (end: number, ...groups: readonly string[]) =>
  groups.map((group) => failed(end, { group: [group] }))
const good = (end: number, ...groups: readonly string[]) =>
  groups.map((group) => decided(end, { group: [group] }))

describe('the roll-up', () => {
  it('stands for the groups beyond max_incidents, of one entry as one', () => {
    const table = createTable(options)
    expect(table.take(1, ...bad(1, 'a', 'b', 'c', 'c', 'd', 'd', 'd', 'e'))).toEqual([
      'firing spanpager/failures/d at 1: 3',
      'firing spanpager/failures/c at 1: 2',
      `firing ${ROLL_UP} at 1: 3`,
    ])
    expect(table.facts()).toMatchObject({
      count: 3,
      rolledUp: {
        groups: 3,
        worst: [
          { value: 'a', count: 1 },
          { value: 'b', count: 1 },
          { value: 'e', count: 1 },
        ],
      },
    })
    const placed = table.rules.status(ms(1)).map((one) => [one.inRollUp, one.dedupKey])
    expect(placed).toEqual([
      [true, ROLL_UP],
      [true, ROLL_UP],
      [false, 'spanpager/failures/c'],
      [false, 'spanpager/failures/d'],
      [true, ROLL_UP],
    ])
  })

  it('names the five worst groups', () => {
    const groups = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const table = createTable(options)
    table.take(1, ...groups.flatMap((group, at) => bad(1, ...Array(at + 1).fill(group))))
    expect(table.facts().rolledUp).toEqual({
      groups: 7,
      worst: [
        { value: 'g', count: 7 },
        { value: 'f', count: 6 },
        { value: 'e', count: 5 },
        { value: 'd', count: 4 },
        { value: 'c', count: 3 },
      ],
    })
  })

  it('takes later groups in without an event, and ends with its last', () => {
    const table = createTable(options)
    table.take(1, ...bad(1, 'a', 'b', 'c'))
    expect(table.take(2, ...bad(2, 'd', 'd'))).toEqual([])
    expect(table.take(13, ...good(13, 'c', 'd'))).toEqual([])
    expect(table.pass(31.5)).toEqual([])
    expect(table.pass(40)).toEqual([`resolved ${ROLL_UP} at 32: recovered, peak 3, total 3`])
  })

  it('keeps a group until it resolves, even when a place is free', () => {
    const table = createTable(options)
    table.take(1, ...bad(1, 'a', 'b', 'c'))
    table.take(12, ...good(12, 'a'))
    expect(table.take(32, ...bad(32, 'c'))).toEqual([
      'resolved spanpager/failures/a at 31: recovered, peak 1, total 1',
    ])
    expect(table.rules.status(ms(32)).map((one) => one.inRollUp)).toEqual([false, false, true])
    // A group that fires now has the place.
    expect(table.take(33, ...bad(33, 'd'))).toEqual(['firing spanpager/failures/d at 33: 1'])
    table.take(50, ...good(50, 'c'))
    expect(table.pass(62)).toEqual([`resolved ${ROLL_UP} at 62: recovered, peak 1, total 2`])
  })

  it('begins anew after its end', () => {
    const table = createTable(options)
    table.take(1, ...bad(1, 'a', 'b', 'c'))
    table.take(12, ...good(12, 'c'))
    table.pass(31)
    expect(table.take(40, ...bad(40, 'c'))).toEqual([`firing ${ROLL_UP} at 40: 1`])
  })

  it('gives a place that becomes free at the same moment to the next', () => {
    const table = createTable(stage([single], { maxIncidents: 1 }))
    table.take(1, ...bad(1, 'a'))
    table.pass(40)
    expect(table.take(40, ...good(40, 'a'), ...bad(40, 'b'))).toEqual([
      'resolved spanpager/failures/a at 40: recovered, peak 1, total 1',
      'firing spanpager/failures/b at 40: 1',
    ])
  })

  it('is one per rule', () => {
    const rules = [single, { ...single, name: 'again' }]
    const table = createTable(stage(rules, { maxIncidents: 1 }))
    expect(table.take(1, ...bad(1, 'a', 'b'))).toEqual([
      'firing spanpager/failures/a at 1: 1',
      `firing ${ROLL_UP} at 1: 1`,
      'firing spanpager/again/a at 1: 1',
      'firing spanpager/again/(roll-up) at 1: 1',
    ])
  })

  it('survives a restart, with fewer incidents allowed too', () => {
    const table = createTable(options)
    table.take(1, ...bad(1, 'a', 'b', 'c'))
    const after = table.restart(stage([single], { maxIncidents: 1 }))
    expect(after.take(2, ...bad(2, 'd'))).toEqual([])
    after.take(13, ...good(13, 'a', 'b', 'c', 'd'))
    expect(after.pass(60)).toEqual([
      'resolved spanpager/failures/a at 31: recovered, peak 1, total 1',
      'resolved spanpager/failures/b at 31: recovered, peak 1, total 1',
      `resolved ${ROLL_UP} at 32: recovered, peak 2, total 2`,
    ])
  })
})
