import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Sleeper, Wakes } from '../../../src/engine/rules/wakes.ts'

const sleeper = (): Sleeper => ({ queuedMs: Infinity })

function takeAll(wakes: Wakes<Sleeper>): (Sleeper | undefined)[] {
  const taken: (Sleeper | undefined)[] = []
  while (wakes.nextMs < Infinity) taken.push(wakes.take())
  return taken
}

describe('wakes', () => {
  it('come in the order of time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (times) => {
        const wakes = new Wakes<Sleeper>()
        for (const timeMs of times) wakes.add(sleeper(), timeMs)
        const order: number[] = []
        while (wakes.nextMs < Infinity) {
          order.push(wakes.nextMs)
          expect(wakes.nextGroup).toBe(wakes.take())
        }
        expect(order).toEqual(times.toSorted((a, b) => a - b))
        expect(wakes.nextGroup).toBeUndefined()
      }),
    )
  })

  it('keep the earliest time of a group', () => {
    const wakes = new Wakes<Sleeper>()
    const group = sleeper()
    wakes.add(group, 10)
    wakes.add(group, 20)
    wakes.add(group, 10)
    expect(takeAll(wakes)).toEqual([group])
  })

  it('know a group once, when it was asked for earlier', () => {
    const wakes = new Wakes<Sleeper>()
    const group = sleeper()
    wakes.add(group, 20)
    wakes.add(group, 10)
    expect(wakes.nextMs).toBe(10)
    expect(takeAll(wakes)).toEqual([group, undefined])
  })

  it('take a group again after it was taken', () => {
    const wakes = new Wakes<Sleeper>()
    const group = sleeper()
    wakes.add(group, 10)
    expect(wakes.take()).toBe(group)
    wakes.add(group, 20)
    expect(takeAll(wakes)).toEqual([group])
  })
})
