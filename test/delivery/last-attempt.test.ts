import { describe, expect, it } from 'vitest'
import type { Rig } from './rig.ts'
import { createRig, firing, resolved } from './rig.ts'
import type { Step } from './scripted-exporter.ts'
import { DELIVERED, REFUSED_KEY, REJECTED, THROTTLED, UNREACHABLE } from './scripted-exporter.ts'

const up = (): Step => ({ result: DELIVERED })
const down = (): Step => ({ result: UNREACHABLE })

/** Shuts down at once, with a destination that answers at once; gives what was attempted then. */
async function shutDown(rig: Rig, script: () => Step): Promise<string[]> {
  const before = rig.exporter.attempts.length
  rig.exporter.become(script)
  await rig.delivery.shutdown(new AbortController().signal)
  expect(rig.clock.waiting).toBe(0)
  return rig.exporter.log.slice(before)
}

describe('the last attempt at shutdown', () => {
  it('cuts a back-off short, and lets the resolve follow its trigger', async () => {
    const rig = createRig({ script: down })
    await rig.change(firing('a'), firing('b'))
    await rig.change(resolved('a'))
    expect(await shutDown(rig, up)).toEqual(['cleared trigger a', 'trigger b', 'resolve a'])
    expect(rig.delivery.pending()).toEqual([])
    expect(rig.outcomes().sort()).toEqual([
      'delivered firing a',
      'delivered firing b',
      'delivered resolved a',
    ])
  })

  it('is made of what was never attempted for want of a free place', async () => {
    const rig = createRig({
      script: () => ({ result: DELIVERED, tookMs: 1_000 }),
      policy: { parallelAttempts: 2 },
    })
    await rig.change(...['a', 'b', 'c', 'd', 'e'].map((key) => firing(key)))
    const stopped = rig.delivery.shutdown(new AbortController().signal)
    await rig.clock.advance(3_000)
    await stopped
    expect(rig.delivery.pending()).toEqual([])
    expect(rig.exporter.mostInFlight).toBe(2)
  })

  it('is one: what fails stays pending, and holds up nothing else', async () => {
    const rig = createRig({ script: down })
    await rig.change(firing('a'), firing('b'))
    await rig.change(resolved('b'))
    expect(await shutDown(rig, down)).toEqual(['trigger a', 'cleared trigger b'])
    expect(rig.delivery.pending()).toMatchObject([
      { dedupKey: 'a', kind: 'firing', attempts: 2 },
      { dedupKey: 'b', kind: 'firing', attempts: 2 },
      { dedupKey: 'b', kind: 'resolved', attempts: 0 },
    ])
  })

  it('follows an attempt in flight that fails', async () => {
    let attempts = 0
    const rig = createRig({
      script: () => (attempts++ === 0 ? { result: UNREACHABLE, tookMs: 5_000 } : up()),
    })
    await rig.change(firing('a'))
    const stopped = rig.delivery.shutdown(new AbortController().signal)
    await rig.clock.advance(5_000)
    await stopped
    expect(rig.outcomes()).toEqual(['delivered firing a'])
  })

  it('keeps to the rate budget', async () => {
    const rig = createRig()
    await rig.change(...Array.from({ length: 120 }, (_, index) => firing(`k${index}`)))
    expect(await shutDown(rig, up)).toEqual([])
    expect(rig.delivery.pending()).toHaveLength(20)
  })

  it('leaves alone a destination that asked for a pause', async () => {
    const rig = createRig({ script: () => ({ result: THROTTLED }) })
    await rig.change(firing('a'))
    expect(await shutDown(rig, up)).toEqual([])
    expect(rig.delivery.pending()).toHaveLength(1)
  })

  it('leaves alone a destination that refuses the key', async () => {
    const rig = createRig({ script: () => ({ result: REFUSED_KEY }) })
    await rig.change(firing('a'), firing('b'))
    expect(await shutDown(rig, up)).toEqual([])
    expect(rig.delivery.pending()).toMatchObject([{ misconfigured: true }, { misconfigured: true }])
  })

  it('leaves alone an event that alone is refused for its key', async () => {
    const rig = createRig()
    await rig.change(firing('old'))
    rig.exporter.become(({ change }) => ({
      result: change.episode.dedupKey === 'old' ? REFUSED_KEY : UNREACHABLE,
    }))
    await rig.change(resolved('old'))
    rig.exporter.become(({ change }) => ({
      result: change.episode.dedupKey === 'old' ? REFUSED_KEY : DELIVERED,
    }))
    await rig.clock.advance(60_000)
    await rig.change(firing('new'))
    await rig.clock.advance(60_000)
    expect(rig.delivery.misconfigured()).toEqual([])
    expect(await shutDown(rig, up)).toEqual([])
    expect(rig.delivery.pending()).toMatchObject([{ dedupKey: 'old', misconfigured: true }])
  })

  it('gives up a resolve that nobody needs once its trigger is rejected', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: 1_000 }) })
    await rig.change(firing('x'))
    rig.exporter.become(() => ({ result: REJECTED }))
    const stopped = rig.delivery.shutdown(new AbortController().signal)
    await rig.change(firing('a'), resolved('a'))
    await rig.clock.advance(1_000)
    await stopped
    expect(rig.outcomes()).toEqual([
      'rejected firing a',
      'dropped resolved a',
      'delivered firing x',
    ])
  })

  it('is not begun once the signal has aborted', async () => {
    const rig = createRig({ script: down })
    await rig.change(firing('a'))
    rig.exporter.become(() => ({ result: DELIVERED, tookMs: 1_000 }))
    await rig.delivery.shutdown(AbortSignal.abort())
    expect(rig.exporter.log).toEqual(['trigger a'])
    expect(rig.clock.waiting).toBe(0)
  })

  it('is aborted with the signal, and what waited for it is not begun', async () => {
    const rig = createRig({ script: down, policy: { parallelAttempts: 1 } })
    await rig.change(firing('a'), firing('b'))
    rig.exporter.become(() => ({ result: DELIVERED, tookMs: 60_000 }))
    const controller = new AbortController()
    const stopped = rig.delivery.shutdown(controller.signal)
    await rig.clock.advance(5_000)
    controller.abort()
    await stopped
    expect(rig.exporter.log).toEqual(['trigger a', 'trigger b', 'trigger a'])
    expect(rig.delivery.pending()).toMatchObject([
      { dedupKey: 'a', lastReason: 'aborted' },
      { dedupKey: 'b', attempts: 1 },
    ])
    expect(rig.clock.waiting).toBe(0)
  })
})
