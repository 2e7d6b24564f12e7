import { describe, expect, it } from 'vitest'
import { Forest } from '../../../src/engine/requests/forest.ts'
import { DueWheel } from '../../../src/engine/requests/open/due-wheel.ts'
import { SlotQueues } from '../../../src/engine/requests/slot-queues.ts'
import { NONE, SpanTable } from '../../../src/engine/requests/span-table.ts'

describe('span table', () => {
  it('finds what was added, among many and after removals, by all six words', () => {
    const table = new SpanTable(3)
    const slots = new Map<number, number>()
    for (let id = 1; id <= 5000; id += 1) slots.set(id, table.add(1, 2, 3, id % 7, 4, id))
    for (let id = 1; id <= 5000; id += 2) table.remove(slots.get(id)!)
    for (let id = 1; id <= 5000; id += 1) {
      expect(table.find(1, 2, 3, id % 7, 4, id)).toBe(id % 2 === 1 ? NONE : slots.get(id))
    }
    expect(table.size).toBe(2500)
    for (let word = 0; word < 6; word += 1) {
      const other = [1, 2, 3, 2, 4, 2].map((value, at) => (at === word ? value + 100_000 : value))
      const [t0, t1, t2, t3, s0, s1] = other
      expect(table.find(t0!, t1!, t2!, t3!, s0!, s1!)).toBe(NONE)
    }
  })

  it('chains the requests of a trace, newest first, also while it grows', () => {
    const table = new SpanTable(3)
    const slots = Array.from({ length: 3000 }, (_, id) => table.add(0, 0, 0, id % 500, 0, id))
    for (const slot of slots) table.chain(slot)
    table.chain(slots[0]!)
    const more = Array.from({ length: 3000 }, (_, id) => table.add(9, 9, 9, 9, 1, id))
    for (const slot of more.slice(0, 10)) table.unchain(slot)
    const chain = (slot: number): number[] => {
      const found: number[] = []
      for (let at = table.firstInTrace(slot); at !== NONE; at = table.nextInTrace(at)) {
        if (table.sameTrace(at, slot)) found.push(at)
      }
      return found
    }
    expect(chain(slots[7]!)).toEqual([2507, 2007, 1507, 1007, 507, 7].map((id) => slots[id]))
    table.unchain(slots[1507]!)
    table.remove(slots[7]!)
    table.remove(slots[2507]!)
    expect(chain(slots[507]!)).toEqual([2007, 1007, 507].map((id) => slots[id]))
  })

  it('tells traces apart by every word', () => {
    const table = new SpanTable(3)
    const first = table.add(1, 2, 3, 4, 0, 1)
    expect(table.sameTrace(first, table.add(1, 2, 3, 4, 0, 2))).toBe(true)
    for (let word = 0; word < 4; word += 1) {
      const [t0, t1, t2, t3] = [1, 2, 3, 4].map((value, at) => (at === word ? 9 : value))
      expect(table.sameTrace(first, table.add(t0!, t1!, t2!, t3!, 0, 1))).toBe(false)
    }
  })

  it('gives back slots, all columns zero', () => {
    const table = new SpanTable(3)
    const slot = table.add(1, 1, 1, 1, 1, 1)
    table.role[slot] = 3
    table.parentIds.set([5, 6], slot * 2)
    table.remove(slot)
    expect(table.add(2, 2, 2, 2, 2, 2)).toBe(slot)
    expect([table.role[slot], table.parentIds[slot * 2], table.parentIds[slot * 2 + 1]]).toEqual([
      0, 0, 0,
    ])
  })
})

describe('forest', () => {
  it('walks up and down, and forgets what is detached', () => {
    const forest = new Forest()
    for (const child of [2, 3, 4]) forest.attach(child, 1)
    forest.attach(5, 3)
    forest.detach(3)
    forest.detach(9)
    expect([...forest.below(1, () => true)].sort((a, b) => a - b)).toEqual([2, 4])
    expect(forest.parent(5)).toBe(3)
    forest.detach(4)
    forest.detach(2)
    expect(forest.firstChild(1)).toBe(NONE)
  })

  it('refuses what is too deep to tell from a circle', () => {
    const forest = new Forest()
    for (let slot = 1; slot < 100; slot += 1) forest.join(slot, slot - 1)
    expect(forest.attach(200, 50)).toBe(true)
    expect(forest.attach(201, 99)).toBe(false)
    expect(forest.parent(201)).toBe(NONE)
  })

  it('refuses circles, and grows', () => {
    const forest = new Forest()
    expect(forest.attach(5000, 4000)).toBe(true)
    expect(forest.attach(4000, 5000)).toBe(false)
    expect(forest.attach(7, 7)).toBe(false)
    expect(forest.attach(100_000, 5000)).toBe(true)
    expect(forest.above(100_000, (slot) => slot === 4000)).toBe(4000)
    expect(forest.above(100_000, () => false)).toBe(NONE)
    expect(forest.parent(999_999)).toBe(NONE)
    expect(forest.firstChild(999_999)).toBe(NONE)
  })
})

describe('slot queues', () => {
  it('keep the order of entering, one queue at a time, and grow', () => {
    const queues = new SlotQueues(2)
    queues.push(1, 5, 10)
    queues.push(1, 100_000, 20)
    queues.push(1, 7, 30)
    queues.push(2, 100_000, 40)
    queues.remove(3)
    expect([queues.first(1), queues.next(5), queues.next(7)]).toEqual([5, 7, NONE])
    expect([
      queues.length(1),
      queues.length(2),
      queues.queueOf(100_000),
      queues.queueOf(3),
    ]).toEqual([2, 1, 2, 0])
    expect(queues.sinceMs[100_000]).toBe(40)
    queues.remove(7)
    expect(queues.next(5)).toBe(NONE)
  })
})

const bySlot = (a: number, b: number): number => a - b

describe('due wheel', () => {
  it('gives what is due, earliest first, across seconds', () => {
    const wheel = new DueWheel()
    const due = [4100, 900, 900.5, 100_000, 1500, 4050, 2000]
    for (const [slot, dueMs] of due.entries()) wheel.set(slot, dueMs)
    expect(wheel.nextMs()).toBe(900)
    expect(wheel.takeDue(899, bySlot)).toEqual([])
    expect(wheel.takeDue(4060, bySlot)).toEqual([1, 2, 4, 6, 5])
    expect(wheel.nextMs()).toBe(4100)
    wheel.set(0, Infinity)
    wheel.set(3, 100_001)
    wheel.set(3, 100_001)
    expect(wheel.nextMs()).toBeLessThanOrEqual(100_001)
    expect(wheel.takeDue(100_000, bySlot)).toEqual([])
    expect(wheel.takeDue(200_000, bySlot)).toEqual([3])
    expect(wheel.nextMs()).toBeUndefined()
  })

  it('holds many, in any order of setting', () => {
    const wheel = new DueWheel()
    const due = Array.from({ length: 5000 }, (_, slot) => (slot * 7919) % 100_003)
    for (const [slot, dueMs] of due.entries()) wheel.set(slot, dueMs)
    for (let slot = 0; slot < 5000; slot += 3) wheel.set(slot, Infinity)
    wheel.set(100_000, 2e9)
    const taken = wheel.takeDue(1e9, bySlot)
    expect(taken.map((slot) => due[slot])).toEqual(
      due.filter((_, slot) => slot % 3 !== 0).sort((a, b) => a - b),
    )
  })
})
