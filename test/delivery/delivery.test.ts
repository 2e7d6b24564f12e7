import { describe, expect, it } from 'vitest'
import { createDelivery } from '../../src/delivery/delivery.ts'
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/policy.ts'
import { createMemoryJournal } from '../../src/journal/memory.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { createRig, firing, PROCESSOR, resolved, Said, START_MS } from './rig.ts'
import { DELIVERED, ScriptedExporter, UNREACHABLE } from './scripted-exporter.ts'

describe('order', () => {
  it('sends a trigger, then its resolve, and journals each outcome', async () => {
    const rig = createRig()
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    expect(rig.exporter.log).toEqual(['trigger a', 'resolve a'])
    expect(rig.outcomes()).toEqual(['delivered firing a', 'delivered resolved a'])
    expect(rig.delivery.pending()).toEqual([])
    expect(rig.delivery.oldestPendingMs()).toBeUndefined()
  })

  it('names an event by the entry that caused it and its index', async () => {
    const rig = createRig()
    await rig.change(firing('a'), firing('b'))
    const [entry] = rig.journal.of('changes')
    expect(rig.exporter.attempts.map(({ exporterEvent }) => exporterEvent.id)).toEqual([
      { position: entry!.cause, index: 0 },
      { position: entry!.cause, index: 1 },
    ])
    expect(rig.journal.of('delivery').map(({ event }) => event)).toEqual([
      { position: entry!.cause, index: 0 },
      { position: entry!.cause, index: 1 },
    ])
  })

  it('makes a resolve wait for the outcome of its trigger in flight', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: 9_000 }) })
    await rig.change(firing('a'))
    await rig.clock.advance(1_000)
    await rig.change(resolved('a'))
    await rig.clock.advance(7_999)
    expect(rig.exporter.log).toEqual(['trigger a'])
    await rig.clock.advance(1)
    expect(rig.exporter.log).toEqual(['trigger a', 'resolve a'])
  })

  it('makes the next event of a dedup key wait until the outcome is committed', async () => {
    const rig = createRig()
    const commit = rig.journal.hold()
    await rig.change(firing('a'), resolved('a'), firing('b'))
    await rig.clock.advance(60_000)
    expect(rig.exporter.log).toEqual(['cleared trigger a', 'trigger b'])
    commit()
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['cleared trigger a', 'trigger b', 'resolve a'])
  })

  it('goes on when the journal takes no outcomes any more', async () => {
    const rig = createRig()
    rig.journal.breakDown(new Error('ENOSPC'))
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    expect(rig.exporter.log).toEqual(['trigger a', 'resolve a'])
    expect(rig.delivery.pending()).toEqual([])
  })

  it('takes different dedup keys in parallel, eight at a time, the oldest first', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: 1_000 }) })
    await rig.change(...Array.from({ length: 20 }, (_, index) => firing(`k${index}`)))
    expect(rig.exporter.attempts).toHaveLength(8)
    await rig.clock.advance(3_000)
    expect(rig.exporter.mostInFlight).toBe(8)
    expect(rig.exporter.log).toEqual(Array.from({ length: 20 }, (_, index) => `trigger k${index}`))
  })

  it('gives each event to each exporter of its processor, and only to those', async () => {
    const clock = createManualClock(START_MS)
    const script = () => ({ result: DELIVERED })
    const exporters = {
      one: new ScriptedExporter(clock, script),
      two: new ScriptedExporter(clock, script),
      other: new ScriptedExporter(clock, script),
    }
    const delivery = createDelivery({
      routes: new Map([
        [PROCESSOR, ['one', 'two']],
        ['llm_alerting/other', ['other', 'two']],
      ]),
      exporters: new Map(
        Object.entries(exporters).map(([id, exporter]) => [
          id,
          { exporter, policy: DEFAULT_DELIVERY_POLICY },
        ]),
      ),
      journal: createMemoryJournal(),
      clock,
      random: () => 0.5,
      telemetry: new Said(),
    })
    delivery.start()
    const entry = { kind: 'changes', processor: PROCESSOR, timeMs: START_MS, cause: 1 } as const
    delivery.accept(2, { ...entry, changes: [firing('a')] })
    delivery.accept(4, {
      ...entry,
      processor: 'llm_alerting/other',
      cause: 3,
      changes: [firing('b')],
    })
    delivery.accept(6, { ...entry, processor: 'unrouted', cause: 5, changes: [firing('c')] })
    await clock.settle()
    expect(exporters.one.log).toEqual(['trigger a'])
    expect(exporters.two.log).toEqual(['trigger a', 'trigger b'])
    expect(exporters.other.log).toEqual(['trigger b'])
  })

  it('throws at creation when a route leads to no exporter', () => {
    const options = {
      routes: new Map([[PROCESSOR, ['pagerduty']]]),
      exporters: new Map(),
      journal: createMemoryJournal(),
      clock: createManualClock(START_MS),
      random: () => 0,
      telemetry: new Said(),
    }
    expect(() => createDelivery(options)).toThrow('no such alert exporter: pagerduty')
  })

  it('takes a changes entry once', async () => {
    const rig = createRig()
    await rig.change(firing('a'))
    const { position, entry } = rig.journal.entries[1]!
    if (entry.kind !== 'changes') throw new Error('the second entry holds the changes')
    rig.delivery.accept(position, entry)
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['trigger a'])
  })
})

describe('late pages', () => {
  const down = () => ({ result: UNREACHABLE })
  const up = () => ({ result: DELIVERED })

  it('sends the trigger marked as cleared, then the resolve', async () => {
    const rig = createRig({ script: down })
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    rig.exporter.become(up)
    await rig.clock.advance(2_000)
    expect(rig.exporter.log).toEqual(['trigger a', 'cleared trigger a', 'resolve a'])
    expect(rig.said.lines).toEqual([])
  })

  it('drops both when the policy says so and no attempt was made', async () => {
    // One attempt at a time, and the first takes its time: `b` is still waiting when it is over.
    const rig = createRig({
      script: () => ({ result: DELIVERED, tookMs: 5_000 }),
      policy: { latePages: 'drop', parallelAttempts: 1 },
    })
    await rig.change(firing('a'))
    await rig.change(firing('b'))
    await rig.change(resolved('b'))
    await rig.clock.advance(60_000)
    expect(rig.exporter.log).toEqual(['trigger a'])
    expect(rig.outcomes().sort()).toEqual([
      'delivered firing a',
      'dropped firing b',
      'dropped resolved b',
    ])
    expect(rig.said.lines).toEqual(['dropped late firing b'])
    expect(rig.delivery.pending()).toEqual([])
  })

  it('drops both after attempts that the destination is known to have refused', async () => {
    const rig = createRig({
      script: () => ({ result: { kind: 'retry', reason: '429', wholeDestination: true } }),
      policy: { latePages: 'drop' },
    })
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    expect(rig.outcomes()).toEqual(['dropped firing a', 'dropped resolved a'])
  })

  it('drops the trigger only when an attempt may have been taken: the resolve is owed', async () => {
    const rig = createRig({ script: down, policy: { latePages: 'drop' } })
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    rig.exporter.become(up)
    await rig.clock.advance(60_000)
    expect(rig.exporter.log.slice(0, 2)).toEqual(['trigger a', 'resolve a'])
    expect(rig.outcomes()).toEqual(['dropped firing a', 'delivered resolved a'])
    expect(rig.journal.of('delivery')[0]).toMatchObject({ mayHaveOpened: true })
    expect(rig.said.lines).toEqual(['dropped late firing a'])
  })

  it('waits for the attempt in flight before it drops', async () => {
    const rig = createRig({
      script: () => ({ result: DELIVERED, tookMs: 5_000 }),
      policy: { latePages: 'drop' },
    })
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    await rig.clock.advance(10_000)
    expect(rig.exporter.log).toEqual(['trigger a', 'resolve a'])
    expect(rig.said.lines).toEqual([])
  })

  it('keeps the episodes of a dedup key apart', async () => {
    const rig = createRig({ script: down })
    await rig.change(firing('a', 1), resolved('a', 1), firing('a', 2))
    rig.exporter.become(up)
    await rig.clock.advance(2_000)
    expect(rig.exporter.log.slice(1)).toEqual(['cleared trigger a', 'resolve a', 'trigger a'])
  })
})

describe('pending', () => {
  it('lists what is not accepted, oldest first, with attempts and the last reason', async () => {
    const rig = createRig({
      script: ({ change }) => ({
        result: change.episode.dedupKey === 'a' ? UNREACHABLE : DELIVERED,
      }),
    })
    await rig.change(firing('a'))
    await rig.clock.advance(500)
    await rig.change(firing('b'), resolved('a'))
    await rig.clock.advance(1_500)
    const common = { exporter: 'pagerduty', dedupKey: 'a', misconfigured: false }
    expect(rig.delivery.pending()).toEqual([
      { ...common, kind: 'firing', sinceMs: START_MS, attempts: 2, lastReason: 'ECONNREFUSED' },
      { ...common, kind: 'resolved', sinceMs: START_MS + 500, attempts: 0, lastReason: undefined },
    ])
    expect(rig.delivery.oldestPendingMs()).toBe(2_000)
  })

  it('gives up the oldest episode that is over when there are too many, and says so', async () => {
    const rig = createRig({
      script: () => ({ result: UNREACHABLE, tookMs: 50_000 }),
      policy: { maxPending: 4, parallelAttempts: 1 },
    })
    await rig.change(firing('a'), firing('b'), firing('c'), resolved('b'))
    await rig.change(firing('d'))
    expect(rig.outcomes()).toEqual(['dropped firing b', 'dropped resolved b'])
    await rig.change(firing('e'), firing('f'))
    expect(rig.said.lines).toEqual([
      'dead letter firing b: more than 4 events are pending',
      'dead letter firing f: more than 4 events are pending',
    ])
    await rig.change(resolved('f'))
    expect(rig.outcomes().slice(2)).toEqual(['dropped firing f', 'dropped resolved f'])
    expect(rig.delivery.pending().map(({ dedupKey }) => dedupKey)).toEqual(['a', 'c', 'd', 'e'])
  })

  it('never gives up what may have opened an incident, whatever the bound', async () => {
    const rig = createRig({ policy: { maxPending: 2 } })
    for (const key of ['a', 'b', 'c']) await rig.change(firing(key))
    rig.exporter.become(() => ({ result: UNREACHABLE }))
    for (const key of ['x', 'y']) await rig.change(firing(key))
    await rig.change(resolved('a'), resolved('b'), resolved('c'), resolved('x'), resolved('y'))
    rig.exporter.become(() => ({ result: DELIVERED }))
    await rig.clock.advance(60_000)
    expect(rig.said.lines).toEqual([])
    const resolves = rig.outcomes().filter((line) => line.startsWith('delivered resolved'))
    expect(resolves.sort()).toEqual(['a', 'b', 'c', 'x', 'y'].map((k) => `delivered resolved ${k}`))
  })
})
