import { describe, expect, it } from 'vitest'
import { createManualClock } from './manual-clock.ts'

describe('createManualClock', () => {
  it('calls what falls due in order of time, then of registration, at its own time', async () => {
    const clock = createManualClock(1_000)
    const seen: string[] = []
    const note = (name: string) => () => seen.push(`${name}@${clock.now()}`)
    clock.at(1_300, note('c'))
    clock.at(1_100, note('a'))
    clock.at(1_100, note('b'))
    clock.at(1_301, note('later'))
    await clock.advance(300)
    expect(seen).toEqual(['a@1100', 'b@1100', 'c@1300'])
    expect(clock.now()).toBe(1_300)
    expect(clock.waiting).toBe(1)
  })

  it('lets promises settle before the next callback, and calls what they registered in time', async () => {
    const clock = createManualClock(0)
    const seen: string[] = []
    clock.at(10, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => clock.at(15, () => seen.push('inner')))
    })
    clock.at(20, () => seen.push('outer'))
    await clock.advanceTo(20)
    expect(seen).toEqual(['inner', 'outer'])
  })

  it('calls what is already due at the next move, without going back', async () => {
    const clock = createManualClock(100)
    const seen: number[] = []
    clock.at(50, () => seen.push(clock.now()))
    await clock.advance(0)
    expect(seen).toEqual([100])
  })

  it('does not call what was cancelled', async () => {
    const clock = createManualClock(0)
    const seen: string[] = []
    const cancel = clock.at(10, () => seen.push('called'))
    cancel()
    await clock.advance(20)
    expect(seen).toEqual([])
    expect(clock.waiting).toBe(0)
  })
})
