import { describe, expect, it } from 'vitest'
import type { AttemptResult } from '../../src/model/component.ts'
import { createRig, firing, resolved, START_MS } from './rig.ts'
import type { Rig } from './rig.ts'
import { DELIVERED, REFUSED_KEY, REJECTED, THROTTLED, UNREACHABLE } from './scripted-exporter.ts'

const HOUR_MS = 3_600_000
const up = () => ({ result: DELIVERED })
const always = (result: AttemptResult) => () => ({ result })

/** When attempts began, in seconds from the start. */
function seconds(rig: Rig): number[] {
  return rig.exporter.attempts.map(({ beganMs }) => (beganMs - START_MS) / 1_000)
}

describe('retry', () => {
  it('backs off per dedup key from 1 s to 60 s', async () => {
    const rig = createRig({ script: always(UNREACHABLE), random: () => 0.5 })
    await rig.change(firing('a'))
    await rig.clock.advance(200_000)
    // 1.5, 3, 6, 12, 24, 45, 45, 45: halfway between half and full of 2, 4, 8 ... 60 s.
    expect(seconds(rig)).toEqual([0, 1.5, 4.5, 10.5, 22.5, 46.5, 91.5, 136.5, 181.5])
  })

  it('lets other dedup keys go on meanwhile, and begins anew with the next event', async () => {
    let resolveFailures = 1
    const rig = createRig({
      script: ({ change }) => {
        if (change.episode.dedupKey !== 'a') return { result: DELIVERED }
        if (change.kind === 'firing') return { result: UNREACHABLE }
        resolveFailures -= 1
        return { result: resolveFailures < 0 ? DELIVERED : UNREACHABLE }
      },
      policy: { latePages: 'drop' },
    })
    await rig.change(firing('a'))
    await rig.clock.advance(60_000)
    await rig.change(firing('b'))
    expect(rig.exporter.log.at(-1)).toBe('trigger b')
    await rig.change(resolved('a'))
    await rig.clock.advance(120_000)
    expect(rig.delivery.pending()).toEqual([])
  })

  it('waits as long as the destination asks for one event', async () => {
    const rig = createRig({ script: always({ ...UNREACHABLE, afterMs: 20_000 }) })
    await rig.change(firing('a'))
    await rig.clock.advance(40_000)
    expect(seconds(rig)).toEqual([0, 20, 40])
  })

  it('takes what an exporter throws as a failure, and keeps only the name of its class', async () => {
    const rig = createRig({
      script: () => {
        throw new RangeError('the body with all its secrets')
      },
    })
    await rig.change(firing('a'))
    rig.exporter.become(up)
    expect(rig.delivery.pending()[0]?.lastReason).toBe('RangeError')
    await rig.clock.advance(2_000)
    expect(rig.outcomes()).toEqual(['delivered firing a'])
  })

  it('aborts an attempt that takes too long, and tries again', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: HOUR_MS }) })
    await rig.change(firing('a'))
    await rig.clock.advance(59_999)
    rig.exporter.become(up)
    expect(rig.exporter.attempts).toHaveLength(1)
    await rig.clock.advance(2_001)
    expect(rig.exporter.log).toEqual(['trigger a', 'trigger a'])
    expect(rig.outcomes()).toEqual(['delivered firing a'])
  })

  it('loses nothing in six hours of outage', async () => {
    const rig = createRig({ script: () => ({ result: UNREACHABLE, tookMs: 10_000 }) })
    await rig.change(firing('over'), firing('open'))
    await rig.clock.advance(HOUR_MS)
    await rig.change(resolved('over'))
    await rig.clock.advance(5 * HOUR_MS)
    expect(rig.delivery.pending()).toHaveLength(3)
    expect(rig.delivery.oldestPendingMs()).toBe(6 * HOUR_MS)
    // Two keys, and never less than 40 s from one attempt to the next once it has lasted a while.
    expect(rig.exporter.attempts.length).toBeLessThan((2 * 6 * HOUR_MS) / 40_000)

    rig.exporter.attempts.length = 0
    rig.exporter.become(up)
    await rig.clock.advance(70_000)
    expect(rig.exporter.log.filter((line) => line.endsWith('over'))).toEqual([
      'cleared trigger over',
      'resolve over',
    ])
    expect(rig.outcomes().sort()).toEqual([
      'delivered firing open',
      'delivered firing over',
      'delivered resolved over',
    ])
  })

  it('still delivers after two days', async () => {
    const rig = createRig({ script: always(UNREACHABLE) })
    await rig.change(firing('a'))
    await rig.clock.advance(48 * HOUR_MS)
    rig.exporter.become(up)
    await rig.clock.advance(60_000)
    expect(rig.outcomes()).toEqual(['delivered firing a'])
  })

  it('does not lengthen a wait when the clock is set back', async () => {
    const rig = createRig({
      script: (_event, nth) => ({ result: nth < 3 ? UNREACHABLE : DELIVERED }),
    })
    await rig.change(firing('a'))
    rig.clock.step(START_MS - HOUR_MS)
    await rig.change(firing('b'))
    expect(rig.exporter.log).toEqual(['trigger a', 'trigger b', 'trigger a'])
  })
})

describe('a destination that is throttling', () => {
  it('holds up everything for 30 s rising to 5 min, until something is delivered', async () => {
    const rig = createRig({ script: always(THROTTLED) })
    await rig.change(firing('a'))
    await rig.change(firing('b'))
    await rig.clock.advance(1_230_000)
    const rounds = [...new Set(seconds(rig))]
    expect(rounds).toEqual([0, 30, 90, 210, 450, 750, 1_050])
    rig.exporter.become(up)
    await rig.clock.advance(120_000)
    expect(rig.outcomes().sort()).toEqual(['delivered firing a', 'delivered firing b'])

    rig.exporter.become(always(THROTTLED))
    const before = seconds(rig).length
    await rig.change(firing('c'))
    await rig.clock.advance(30_000)
    const [first, second] = seconds(rig).slice(before)
    expect(second! - first!).toBe(30)
  })

  it('counts refusals of attempts that were in flight together as one', async () => {
    const rig = createRig({ script: () => ({ result: THROTTLED, tookMs: 100 }) })
    await rig.change(...Array.from({ length: 8 }, (_, index) => firing(`k${index}`)))
    await rig.clock.advance(31_000)
    const rounds = [...new Set(seconds(rig))]
    expect(rounds).toEqual([0, 30.1])
  })

  it('keeps to the wish of the destination, and to an hour at most', async () => {
    const wish = (afterMs: number) => always({ ...THROTTLED, afterMs })
    const rig = createRig({ script: wish(7_000) })
    await rig.change(firing('a'))
    await rig.clock.advance(6_999)
    expect(seconds(rig)).toEqual([0])
    rig.exporter.become(wish(86_400_000))
    await rig.clock.advance(1)
    rig.exporter.become(up)
    await rig.clock.advance(HOUR_MS)
    expect(seconds(rig)).toEqual([0, 7, 3_607])
  })

  it('does not storm when the wish is zero', async () => {
    const rig = createRig({ script: always({ ...THROTTLED, afterMs: 0 }) })
    await rig.change(firing('a'))
    await rig.clock.advance(3_000)
    expect(seconds(rig)).toEqual([0, 1, 2, 3])
  })
})

describe('the rate budget', () => {
  it('allows 100 attempts in any trailing 60 s, at once, the oldest first', async () => {
    const rig = createRig()
    await rig.change(...Array.from({ length: 150 }, (_, index) => firing(`k${index}`)))
    expect(rig.exporter.log).toEqual(Array.from({ length: 100 }, (_, index) => `trigger k${index}`))
    await rig.clock.advance(60_000)
    expect(rig.exporter.attempts).toHaveLength(100)
    await rig.clock.advance(1)
    expect(rig.exporter.attempts).toHaveLength(150)
  })

  it('holds as the receiver sees it: an attempt counts until 60 s after its end', async () => {
    const slow = { result: DELIVERED, tookMs: 10_000 }
    const rig = createRig({ script: (_event, nth) => (nth < 8 ? slow : up()) })
    await rig.change(...Array.from({ length: 130 }, (_, index) => firing(`k${index}`)))
    await rig.clock.advance(10_000)
    expect(rig.exporter.attempts).toHaveLength(100)
    // The first may have arrived after 10 s, with all the others.
    await rig.clock.advance(60_000)
    expect(rig.exporter.attempts).toHaveLength(100)
    await rig.clock.advance(1)
    expect(rig.exporter.attempts).toHaveLength(130)
  })

  it('is not there for exporters without one', async () => {
    const rig = createRig({ policy: { attemptsPerMinute: undefined } })
    await rig.change(...Array.from({ length: 500 }, (_, index) => firing(`k${index}`)))
    expect(rig.exporter.attempts).toHaveLength(500)
  })

  it('is shared fairly: events that fail again and again do not starve new ones', async () => {
    const rig = createRig({
      script: ({ change }) => ({
        result: change.episode.dedupKey.startsWith('poison') ? UNREACHABLE : DELIVERED,
      }),
    })
    await rig.change(...Array.from({ length: 300 }, (_, index) => firing(`poison${index}`)))
    await rig.clock.advance(20 * 60_000)
    await rig.change(firing('new'))
    await rig.clock.advance(4 * 60_000)
    expect(rig.outcomes()).toEqual(['delivered firing new'])
  })
})

describe('a misconfigured destination', () => {
  it('is said once, probed every 60 s by one event, and gets all when it is set right', async () => {
    const rig = createRig({ script: always(REFUSED_KEY) })
    await rig.change(firing('a'))
    await rig.change(firing('b'), firing('c'))
    await rig.clock.advance(300_000)
    expect(seconds(rig)).toEqual([0, 60, 120, 180, 240, 300])
    expect(rig.said.lines).toEqual(['misconfigured pagerduty: invalid routing key'])
    expect(rig.delivery.misconfigured()).toEqual([
      { exporter: 'pagerduty', reason: 'invalid routing key' },
    ])
    expect(rig.delivery.pending().map(({ misconfigured }) => misconfigured)).toEqual([
      true,
      true,
      true,
    ])

    rig.exporter.become(up)
    await rig.clock.advance(60_000)
    expect(rig.outcomes().sort()).toEqual(['a', 'b', 'c'].map((key) => `delivered firing ${key}`))
    expect(rig.delivery.misconfigured()).toEqual([])
  })

  it('is said again when it breaks again', async () => {
    const rig = createRig({ script: always(REFUSED_KEY) })
    await rig.change(firing('a'))
    rig.exporter.become(up)
    await rig.clock.advance(60_000)
    rig.exporter.become(always(REFUSED_KEY))
    await rig.change(firing('b'))
    expect(rig.said.lines).toHaveLength(2)
  })

  it('probes slowly too while probes end otherwise', async () => {
    const rig = createRig({ script: always(REFUSED_KEY) })
    await rig.change(firing('a'), firing('b'))
    rig.exporter.become(always(UNREACHABLE))
    await rig.clock.advance(180_000)
    // Both were in flight when it was found out.
    expect(seconds(rig)).toEqual([0, 0, 60, 120, 180])
    expect(rig.delivery.misconfigured()).toHaveLength(1)
  })

  it('is not what an old episode with a dead key of its own makes of it', async () => {
    const rig = createRig()
    await rig.change(firing('old'))
    // The key that triggered it was deleted; new episodes have another one.
    rig.exporter.become(({ change }) => ({
      result: change.episode.dedupKey === 'old' ? REFUSED_KEY : DELIVERED,
    }))
    await rig.change(resolved('old'))
    await rig.change(firing('new1'))
    await rig.clock.advance(60_000)
    expect(rig.outcomes()).toContain('delivered firing new1')
    await rig.clock.advance(60_000)
    const beganMs = rig.clock.now()
    await rig.change(firing('new2'))
    expect(rig.exporter.attempts.find(({ dedupKey }) => dedupKey === 'new2')).toMatchObject({
      beganMs,
      result: DELIVERED,
    })
    expect(rig.delivery.misconfigured()).toEqual([])
    expect(rig.delivery.pending()).toMatchObject([{ dedupKey: 'old', misconfigured: true }])
  })
})

describe('a rejected event', () => {
  it('is a dead letter, blocks nothing, and its resolve is dropped', async () => {
    const rig = createRig({
      script: ({ change }) => ({
        result: change.episode.dedupKey === 'bad' ? REJECTED : DELIVERED,
      }),
    })
    await rig.change(firing('bad'), firing('good'))
    await rig.change(resolved('bad'), resolved('good'))
    expect(rig.exporter.log).toEqual(['trigger bad', 'trigger good', 'resolve good'])
    expect(rig.said.lines).toEqual(['dead letter firing bad: 400: summary is missing'])
    expect(rig.outcomes().sort()).toEqual([
      'delivered firing good',
      'delivered resolved good',
      'dropped resolved bad',
      'rejected firing bad',
    ])
    expect(rig.delivery.pending()).toEqual([])
  })

  it('drops a resolve that was waiting already', async () => {
    const rig = createRig({ script: () => ({ result: REJECTED, tookMs: 5_000 }) })
    await rig.change(firing('bad'))
    await rig.change(resolved('bad'))
    await rig.clock.advance(5_000)
    expect(rig.outcomes()).toEqual(['rejected firing bad', 'dropped resolved bad'])
  })

  it('is resolved all the same when an earlier attempt may have been taken', async () => {
    const rig = createRig({
      script: (_event, nth) => ({ result: [UNREACHABLE, REJECTED][nth] ?? DELIVERED }),
    })
    await rig.change(firing('a'))
    await rig.clock.advance(2_000)
    await rig.change(resolved('a'))
    expect(rig.outcomes()).toEqual(['rejected firing a', 'delivered resolved a'])
    expect(rig.journal.of('delivery')[0]).toMatchObject({ mayHaveOpened: true })
  })

  it('leaves the next episode of its dedup key alone', async () => {
    const rig = createRig({
      script: (_event, nth) => ({ result: nth === 0 ? REJECTED : DELIVERED }),
    })
    await rig.change(firing('a', 1))
    await rig.change(resolved('a', 1))
    await rig.change(firing('a', 2))
    await rig.change(resolved('a', 2))
    expect(rig.exporter.log).toEqual(['trigger a', 'trigger a', 'resolve a'])
  })
})
