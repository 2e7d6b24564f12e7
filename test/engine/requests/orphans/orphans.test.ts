import { describe, expect, it } from 'vitest'
import { STATE } from '../../../../src/engine/requests/orphans/parent-table.ts'
import type { PlainChild } from '../../../helpers/children.ts'
import { idsOf, type OrphansRun, type PlainEnd, runOrphans, teach } from './orphans-run.ts'

/** When the stage has learned what it must; 50 parents came. */
const T = 1_000_000
const child = (row: Partial<PlainChild> = {}): PlainChild => ({
  trace: 'a',
  span: '2',
  parent: '1',
  endMs: T,
  ...row,
})
const parent = (row: Partial<PlainEnd> = {}): PlainEnd => ({ trace: 'a', span: '1', ...row })
/** Another trace of the same instance: it lives. */
const life = (endMs: number): PlainChild => child({ trace: 'ffff', endMs, name: 'other' })

function taught(...options: Parameters<typeof runOrphans>): OrphansRun {
  return teach(runOrphans(...options), T)
}

describe('a parent that does not come', () => {
  it('is an open request after as long as makes a hang', () => {
    const run = taught().children(T, child({ durationMs: 400 }))
    expect(run.stage.nextDueMs()).toBe(T + 60_000)
    expect(run.until(T + 59_999).story).toEqual([])
    expect(run.until(T + 60_000).story).toEqual([`${T + 60_000} +a.1`])
    expect(run.standing.get('a.1')).toEqual({
      state: 'open',
      traceId: '0000000000000000000000000000000a',
      spanId: '0000000000000001',
      evidence: 'inferred',
      startNano: (T - 400) * 1e6,
      firstChunkNano: -1,
      progressNano: -1,
      lostNano: undefined,
      group: [],
      facts: {},
      service: 'proxy',
    })
    expect(run.counters).toMatchObject({ inferred: 1, inferredWrongly: 0, open: { inferred: 1 } })
  })

  it('has 30 s to come where less makes a hang', () => {
    const run = taught({ slowNano: 7e9 }).children(T, child({ durationMs: 5000 }))
    expect(run.stage.nextDueMs()).toBe(T + 30_000)
  })

  it('is waited for anew with every child', () => {
    const run = taught().children(T, child())
    for (let at = 1; at <= 5; at += 1) {
      run.children(T + at * 50_000, child({ span: `2${at}`, endMs: T + at * 50_000 }))
    }
    expect(run.story).toEqual([])
    expect(run.stage.nextDueMs()).toBe(T + 310_000)
  })

  it('is not waited for anew when a child comes again', () => {
    const run = taught()
      .children(T, child())
      .children(T + 50_000, child())
    expect(run.until(T + 60_000).standing.size).toBe(1)
  })

  it('has started with its earliest child, but never later than now', () => {
    const run = taught().children(
      T,
      child({ span: '2', endMs: T + 9000, durationMs: 10 }),
      child({ span: '3', endMs: T - 100, durationMs: 200 }),
      child({ trace: 'b', endMs: T + 9000 }),
    )
    run.until(T + 60_000)
    expect(run.standing.get('a.1')?.startNano).toBe((T - 300) * 1e6)
    expect(run.standing.get('b.1')?.startNano).toBe(T * 1e6)
  })

  it('takes group and facts from the child that ended last and has them', () => {
    const rows = [
      child({ span: '2', endMs: T - 30, group: ['x', 'early'], facts: { team: 'red' } }),
      child({
        span: '3',
        endMs: T - 20,
        group: [undefined, 'late'],
        facts: { model: 'gpt-4o', errorType: 'E', httpStatus: 500 },
      }),
      child({ span: '4', endMs: T - 10, group: [undefined, undefined] }),
    ]
    for (const order of [rows, rows.toReversed()]) {
      const run = taught()
        .children(T, ...order)
        .until(T + 60_000)
      expect(run.standing.get('a.1')).toMatchObject({
        group: ['x', 'late'],
        facts: { team: 'red', model: 'gpt-4o' },
      })
      expect(run.standing.get('a.1')?.facts).not.toHaveProperty('errorType')
    }
  })

  it('stays what it is when further children come', () => {
    const run = taught()
      .children(T, child())
      .until(T + 60_000)
    const told = run.standing.get('a.1')
    run.children(
      T + 90_000,
      child({ span: '3', endMs: T + 89_000, durationMs: 200_000, facts: { model: 'm' } }),
    )
    run.children(T + 400_000, life(T + 400_000))
    expect(run.story).toEqual([`${T + 60_000} +a.1`])
    expect(run.standing.get('a.1')).toBe(told)
  })

  it('is taken back when it is older than max_open_age', () => {
    const run = taught()
      .children(T, child({ durationMs: 1000 }))
      .until(T + 60_000)
    expect(run.stage.nextDueMs()).toBe(T - 1000 + 3_600_000)
    run.until(T - 1000 + 3_600_000)
    expect(run.story.at(-1)).toBe(`${T - 1000 + 3_600_000} -a.1`)
    expect(run.counters).toMatchObject({ leaked: 1, inferredWrongly: 0, open: { inferred: 0 } })
    expect(run.stage.nextDueMs()).toBeUndefined()
  })

  it('is waited for, which the processor must know', () => {
    const run = taught().children(T, child())
    expect(run.stage.waitsFor(...idsOf('a', '1'))).toBe(true)
    expect(run.stage.waitsFor(...idsOf('a', '2'))).toBe(false)
    run.until(T + 60_000)
    expect(run.stage.waitsFor(...idsOf('a', '1'))).toBe(true)
    run.ended(T + 60_000, parent())
    expect(run.stage.waitsFor(...idsOf('a', '1'))).toBe(false)
  })
})

describe('nothing is inferred', () => {
  const never = (run: OrphansRun): void => {
    for (let at = 1; at <= 40; at += 1) run.children(T + at * 10_000, life(T + at * 10_000))
    expect(run.story).toEqual([])
  }

  it.each<[string, Partial<PlainChild>]>([
    ['of a kind of child never seen', { name: 'redis' }],
    ['of the same name in another scope', { scope: 'other' }],
    ['of the same kind in another service', { service: 'other' }],
    ['of a child that ended longer ago than max_lateness', { endMs: T - 300_001 }],
    ['of a child that began longer ago than max_open_age', { durationMs: 3_600_000 }],
    ['of a child that is its own parent', { span: '1' }],
  ])('%s', (_, row) => {
    never(taught().children(T, child(row)))
  })

  it('before 50 traces', () => {
    const run = runOrphans()
    for (let at = 0; at < 49; at += 1) {
      run.children(T, child({ trace: `b${at}` })).ended(T, parent({ trace: `b${at}` }))
    }
    never(run.children(T, child()))
  })

  it('from 50 parents of few traces', () => {
    const run = runOrphans()
    for (let at = 0; at < 60; at += 1) {
      const [trace, span] = [`b${at % 49}`, `1${at}`]
      run.children(T, child({ trace, parent: span, span: `2${at}` })).ended(T, { trace, span })
    }
    never(run.children(T, child()))
  })

  it('once the parent came', () => {
    never(
      taught()
        .children(T, child())
        .ended(T + 59_999, parent()),
    )
  })

  it('when the parent came first', () => {
    never(
      taught()
        .ended(T, parent())
        .children(T + 60_000, child({ endMs: T + 60_000 })),
    )
  })

  it('of a parent that is announced, which is better evidence', () => {
    const run = taught().children(T, child())
    run.announced.add('a.1')
    never(run)
  })

  it('of what waited when we may have lost spans', () => {
    const run = taught().children(T, child())
    run.stage.interrupted()
    never(run)
  })

  it('where there is no rule for hangs', () => {
    never(taught({ slowNano: Number.MAX_SAFE_INTEGER }).children(T, child()))
  })
})

describe('trust in a kind of child', () => {
  /** 100 traces, `bad` of them with a parent that is no request, or that does not come. */
  const learn = (bad: number, end: (run: OrphansRun, trace: string) => void): OrphansRun => {
    const run = runOrphans()
    for (let at = 0; at < 100; at += 1) {
      const trace = `c${at}`
      run.children(T, child({ trace }))
      if (at < bad) end(run, trace)
      else run.ended(T, parent({ trace }))
    }
    return run
  }
  const infers = (run: OrphansRun): boolean => {
    const now = T + 100_000
    run.children(now, child({ trace: 'd', endMs: now })).until(now + 60_000)
    return run.standing.has('d.1')
  }

  it.each([
    [5, true],
    [6, false],
  ])('with %i of 100 parents that are no requests: %s', (bad, trusted) => {
    const run = learn(bad, (of, trace) => of.ended(T, parent({ trace, isRequest: false })))
    expect(infers(run)).toBe(trusted)
  })

  it.each([
    [5, true],
    [6, false],
  ])('with %i of 100 parents that did not come when nothing was known yet: %s', (bad, trusted) => {
    const run = runOrphans()
    for (let at = 0; at < 100; at += 1) run.children(T, child({ trace: `c${at}` }))
    // Overdue before anything was learned: all of them count as unresolved.
    run.until(T + 60_000)
    for (let at = bad; at < 100; at += 1) run.ended(T + 60_000, parent({ trace: `c${at}` }))
    expect(infers(run)).toBe(trusted)
  })

  it('stays while many hang, and goes when they never end', () => {
    const run = taught()
    for (let at = 0; at < 20; at += 1) run.children(T, child({ trace: `c${at}` }))
    run.until(T + 60_000)
    expect(run.standing.size).toBe(20)
    run.children(T + 100_000, child({ trace: 'd', endMs: T + 100_000 })).until(T + 160_000)
    expect(run.standing.has('d.1')).toBe(true)
    const later = T + 3_600_000
    run.children(later, child({ trace: 'e', endMs: later })).until(later + 60_000)
    expect(run.standing.has('e.1')).toBe(false)
  })

  it('goes when it tells wrongly', () => {
    const run = taught()
    for (let at = 0; at < 3; at += 1) run.children(T, child({ trace: `c${at}` }))
    run.until(T + 60_000)
    for (let at = 0; at < 3; at += 1) {
      run.ended(T + 70_000, parent({ trace: `c${at}`, durationMs: 50 }))
    }
    expect(run.counters.inferredWrongly).toBe(3)
    expect(infers(run)).toBe(false)
  })

  it('of one kind is enough', () => {
    const run = taught()
    for (let at = 0; at < 50; at += 1) {
      const trace = `c${at}`
      run.children(T, child({ trace, name: 'mixed' })).ended(T, parent({ trace, isRequest: false }))
    }
    run.children(T, child({ name: 'mixed' }), child({ span: '3', name: 'auth' }))
    run.children(T, child({ trace: 'b', name: 'mixed' })).until(T + 60_000)
    expect([...run.standing.keys()]).toEqual(['a.1'])
  })

  it('follows a change within a thousand parents', () => {
    const run = runOrphans()
    const many = (from: number, to: number, isRequest: boolean): void => {
      for (let at = from; at < to; at += 1) {
        const trace = `c${at}`
        run.children(T, child({ trace })).ended(T, parent({ trace, isRequest }))
      }
    }
    many(0, 20_000, true)
    many(20_000, 20_100, false)
    expect(infers(run)).toBe(false)
    run.until(T + 200_000)
    const again = T + 200_000
    for (let at = 0; at < 3000; at += 1) {
      const trace = `e${at}`
      run.children(again, child({ trace, endMs: again })).ended(again, parent({ trace }))
    }
    run.children(again, child({ trace: 'f', endMs: again })).until(again + 60_000)
    expect(run.standing.has('f.1')).toBe(true)
  })

  it('is kept for a week', () => {
    const day = 86_400_000
    const after = (days: number): boolean => {
      const now = T + days * day
      const run = taught().children(now, child({ trace: 'x', endMs: now, name: 'other' }))
      return run
        .children(now, child({ endMs: now }))
        .until(now + 60_000)
        .standing.has('a.1')
    }
    expect(after(6.9)).toBe(true)
    expect(after(7.1)).toBe(false)
  })
})

describe('an instance that says nothing', () => {
  it('for longer than 60 s makes its orphans stale until 30 s after it speaks again', () => {
    const run = taught({ slowNano: 90e9 }).children(T, child())
    expect(run.until(T + 90_000).story).toEqual([])
    expect(run.stage.nextDueMs()).toBeUndefined()
    run.children(T + 500_000, life(T + 500_000))
    expect(run.stage.nextDueMs()).toBe(T + 530_000)
    expect(run.until(T + 530_000).story).toEqual([`${T + 530_000} +a.1`])
  })

  it('is not helped by another instance of its service', () => {
    const run = taught({ slowNano: 90e9 })
      .children(T, child())
      .until(T + 90_000)
    run.children(T + 95_000, { ...life(T + 95_000), instance: 'two' }).until(T + 400_000)
    expect(run.story.filter((line) => line.endsWith('a.1'))).toEqual([])
  })

  it('has its spans come in a burst after that: no hang', () => {
    const run = taught({ slowNano: 90e9 })
      .children(T, child())
      .until(T + 90_000)
    run.children(T + 200_000, life(T + 200_000)).ended(T + 205_000, parent())
    expect(run.until(T + 400_000).story).toEqual([])
  })

  it('speaks with any of its spans', () => {
    const run = taught({ slowNano: 90e9 }).children(T, child())
    run.stage.heard([{ service: 'proxy', instance: 'one' }], T + 40_000)
    expect(run.until(T + 90_000).standing.size).toBe(1)
  })

  it('does not spoil what is known of its kind', () => {
    const run = taught({ slowNano: 90e9 })
    for (let at = 0; at < 30; at += 1) run.children(T, child({ trace: `c${at}` }))
    run.until(T + 90_000)
    const now = T + 800_000
    run.children(now, child({ trace: 'd', endMs: now })).children(now + 50_000, life(now + 50_000))
    expect([...run.until(now + 90_000).standing.keys()]).toEqual(['d.1'])
  })
})

describe('a process that is replaced', () => {
  const speaks = (run: OrphansRun, instance: string, timeMs: number): void => {
    run.until(timeMs).stage.heard([{ service: 'proxy', instance }], timeMs)
  }
  /** Speaks every 5 s, with a request that began then and does not end, until it is killed at `T`. */
  const busyUntilKilled = (run: OrphansRun, others: (timeMs: number) => void): void => {
    for (let timeMs = T - 300_000; timeMs <= T; timeMs += 5000) {
      const began = timeMs > T - 55_000
      const row = { trace: `c${timeMs}`, endMs: timeMs, name: began ? 'auth' : 'other' }
      run.children(timeMs, child(row))
      others(timeMs)
    }
  }
  const taughtEarly = (): OrphansRun => teach(runOrphans(), T - 400_000)

  it('does not leave hangs behind when another begins after its end', () => {
    const run = taughtEarly()
    busyUntilKilled(run, () => undefined)
    for (let after = 30_000; after <= 300_000; after += 5000) speaks(run, 'two', T + after)
    expect(run.counters.inferred).toBeLessThan(6)
    expect(run.standing.size).toBe(0)
    expect(run.counters.open.inferred).toBe(0)
  })

  it('does not leave hangs behind when another began before its end', () => {
    const run = taughtEarly()
    busyUntilKilled(run, (timeMs) => {
      if (timeMs >= T - 100_000) speaks(run, 'two', timeMs)
    })
    for (let after = 5000; after <= 300_000; after += 5000) speaks(run, 'two', T + after)
    expect(run.standing.size).toBe(0)
  })

  it('speaks no more: while the old one does, its hangs stay', () => {
    const run = taughtEarly()
    busyUntilKilled(run, () => undefined)
    for (let after = 5000; after <= 300_000; after += 5000) {
      speaks(run, 'one', T + after)
      speaks(run, 'two', T + after)
    }
    expect(run.standing.size).toBe(11)
  })

  it('is told from one beside which others have run for long', () => {
    const run = taughtEarly()
    speaks(run, 'two', T - 390_000)
    busyUntilKilled(run, (timeMs) => speaks(run, 'two', timeMs))
    for (let after = 5000; after <= 300_000; after += 5000) speaks(run, 'two', T + after)
    expect(run.standing.size).toBe(11)
  })

  it('speaks again after all: 30 s later its hangs are back', () => {
    const run = taughtEarly()
    busyUntilKilled(run, () => undefined)
    for (let after = 30_000; after <= 300_000; after += 5000) speaks(run, 'two', T + after)
    speaks(run, 'one', T + 305_000)
    expect(run.until(T + 334_999).standing.size).toBe(0)
    expect(run.until(T + 335_000).standing.size).toBe(11)
  })
})

describe('an inferred request whose span comes after all', () => {
  it.each<[string, Partial<PlainEnd>, number]>([
    ['and waited that long', { durationMs: 60_000 }, 0],
    ['and did not wait that long', { durationMs: 59_999 }, 1],
    ['with a late first chunk', { durationMs: 90_000, firstChunkMs: 60_000 }, 0],
    ['with a first chunk in time', { durationMs: 90_000, firstChunkMs: 59_999 }, 1],
    ['and is no request', { durationMs: 90_000, isRequest: false }, 1],
  ])('%s', (_, end, wrong) => {
    const run = taught()
      .children(T, child())
      .ended(T + 70_000, parent(end))
    expect(run.story).toEqual([`${T + 60_000} +a.1`, `${T + 70_000} -a.1`])
    expect(run.counters).toMatchObject({
      inferred: 1,
      inferredWrongly: wrong,
      open: { inferred: 0 },
    })
    expect(run.stage.nextDueMs()).toBeUndefined()
  })

  it('is given back once', () => {
    const run = taught()
      .children(T, child())
      .until(T + 60_000)
    const first = run.stage.arrived(...idsOf('a', '1'), true, T + 61_000)
    expect(first).toEqual(run.standing.get('a.1'))
    expect(run.stage.arrived(...idsOf('a', '1'), true, T + 61_000)).toBeUndefined()
  })

  it('is given back when it is announced instead', () => {
    const run = taught()
      .children(T, child())
      .until(T + 60_000)
    expect(run.stage.announced(...idsOf('a', '1'))).toEqual(run.standing.get('a.1'))
    expect(run.stage.announced(...idsOf('a', '1'))).toBeUndefined()
    expect(run.counters).toMatchObject({ inferredWrongly: 0, open: { inferred: 0 } })
  })
})

describe('bounds', () => {
  it('of parents per trace', () => {
    const run = taught()
    for (let at = 0; at < 101; at += 1) {
      run.children(T, child({ parent: `1${at}`, span: `2${at}` }))
    }
    expect(run.until(T + 60_000).standing.size).toBe(100)
    expect(run.counters.inferenceGivenUp).toBe(1)
  })

  it('of parents per trace: one more that came teaches nothing by its children', () => {
    const kindsKnown = (waiting: number): number => {
      const run = runOrphans()
      for (let at = 0; at < waiting; at += 1) {
        run.children(T, child({ parent: `1${at}`, span: `2${at}` }))
      }
      run.ended(T, parent()).children(T, child({ name: 'late' }))
      expect(run.counters.inferenceGivenUp).toBe(waiting === 100 ? 1 : 0)
      return run.stage.snapshot().kinds.length
    }
    expect(kindsKnown(99)).toBe(2)
    expect(kindsKnown(100)).toBe(1)
  })

  it('of parents per service, the others keep theirs', () => {
    const run = taught()
    const flood = Array.from({ length: 25_010 }, (_, at) => child({ trace: `f${at}` }))
    run.children(T, ...flood.map((row) => ({ ...row, service: 'flood' })))
    run.children(T, child())
    expect(run.counters.inferenceGivenUp).toBe(10)
    expect([...run.until(T + 60_000).standing.keys()]).toEqual(['a.1'])
  })

  it('of parents per service, those too that are waited for again', () => {
    const run = taught()
    const flood = (timeMs: number, traces: string, span: string): void => {
      const rows = Array.from({ length: 20_000 }, (_, at) =>
        child({ trace: `${traces}${at}`, span, service: 'flood', endMs: timeMs }),
      )
      run.children(timeMs, ...rows)
    }
    flood(T, 'b', '2')
    flood(T + 61_000, 'c', '2')
    flood(T + 62_000, 'b', '3')
    const states = run.stage.snapshot().spans.map(([, state]) => state)
    expect(states.filter((state) => state === STATE.waiting)).toHaveLength(25_000)
    expect(states.filter((state) => state === STATE.overdue)).toHaveLength(15_000)
  })

  it('of parents in all: what nothing is told of goes first', () => {
    const run = taught()
    const flood = (service: string, timeMs: number): void => {
      const rows = Array.from({ length: 25_000 }, (_, at) =>
        child({ trace: `${service}${at}`, service, endMs: timeMs }),
      )
      run.children(timeMs, ...rows)
    }
    for (const service of ['b', 'c', 'd', 'e']) flood(service, T - 1000)
    run.until(T + 59_000)
    run.children(T + 59_500, child({ endMs: T + 59_500 }))
    expect(run.counters.inferenceGivenUp).toBe(1)
    expect([...run.until(T + 119_500).standing.keys()]).toEqual(['a.1'])
  })

  it('of parents in all: open requests are kept, and no more are waited for', () => {
    const run = runOrphans()
    for (const service of ['proxy', 'b', 'c', 'd', 'e']) teach(run, T, { service })
    for (const service of ['b', 'c', 'd', 'e']) {
      const rows = Array.from({ length: 25_000 }, (_, at) =>
        child({ trace: `${service}${at}`, service }),
      )
      run.children(T, ...rows)
    }
    run.children(T + 60_000, child({ endMs: T + 60_000 }))
    expect(run.standing.size).toBe(100_000)
    expect(run.counters.inferenceGivenUp).toBe(1)
    expect(run.stage.waitsFor(...idsOf('a', '1'))).toBe(false)
  })

  it('of kinds: one that was given up learns nothing from its parents', () => {
    const run = runOrphans().children(T, child({ name: 'rare' }))
    const names = Array.from({ length: 10_000 }, (_, at) => `n${at}`)
    run.children(T, ...names.map((name, at) => child({ trace: `f${at}`, name })))
    run.ended(T, parent())
    const known = run.stage.snapshot().kinds
    expect(known).toHaveLength(10_000)
    expect(known.filter(([, { parents }]) => parents > 0)).toEqual([])
  })

  it('of kinds: the least recently seen goes', () => {
    const run = taught()
    for (let from = 0; from < 10_000; from += 5000) {
      const rows = Array.from({ length: 5000 }, (_, at) =>
        child({ trace: `f${from + at}`, name: `n${from + at}` }),
      )
      run.children(T, ...rows)
    }
    expect(run.counters.inferenceGivenUp).toBe(1)
    run.children(T, child()).until(T + 60_000)
    expect(run.story).toEqual([])
  })

  it('of ended ids: the oldest goes', () => {
    const run = taught()
    run.ended(T, parent())
    for (let at = 0; at < 200_000; at += 1) run.stage.arrived(9, 9, 9, 9, 9, at, true, T)
    expect(run.counters.inferenceGivenUp).toBeGreaterThan(0)
    run.children(T, child()).until(T + 60_000)
    expect(run.standing.size).toBe(1)
  })
})
