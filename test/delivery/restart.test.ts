import { describe, expect, it } from 'vitest'
import { createDelivery } from '../../src/delivery/delivery.ts'
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/policy.ts'
import type { AlertChange } from '../../src/model/alert.ts'
import type { DeliveryEntry } from '../../src/model/journal.ts'
import { createManualClock } from '../helpers/manual-clock.ts'
import { createRecordingJournal } from '../helpers/recording-journal.ts'
import type { RecordingJournal } from '../helpers/recording-journal.ts'
import { createRig, EXPORTER, firing, journalChanges, PROCESSOR, replay } from './rig.ts'
import { resolved, Said, START_MS } from './rig.ts'
import { DELIVERED, REJECTED, ScriptedExporter, UNREACHABLE } from './scripted-exporter.ts'

type Outcome = Pick<DeliveryEntry, 'result' | 'mayHaveOpened'>

/** The entries of a process that made these changes, one after the other, with these outcomes. */
function history(...events: [AlertChange, Outcome?][]): RecordingJournal['entries'] {
  const journal = createRecordingJournal()
  for (const [change, outcome] of events) {
    const { cause } = journalChanges(journal, START_MS, [change])
    if (outcome === undefined) continue
    const event = { position: cause, index: 0 }
    const common = { kind: 'delivery', timeMs: START_MS, exporter: EXPORTER } as const
    void journal.append({ ...common, event, ...outcome }).committed
  }
  return journal.entries
}

const delivered: Outcome = { result: 'delivered' }

describe('after a restart', () => {
  it('sends what has no outcome in the journal, and nothing else', async () => {
    const kept = history([firing('a'), delivered], [firing('b')], [resolved('a')])
    const rig = createRig({ kept })
    await rig.clock.settle()
    expect(rig.exporter.log.sort()).toEqual(['resolve a', 'trigger b'])
  })

  it('marks the trigger of an episode that ended meanwhile as cleared', async () => {
    const rig = createRig({ kept: history([firing('a')], [resolved('a')]) })
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['cleared trigger a', 'resolve a'])
  })

  it('counts an outcome once, however often it is met', async () => {
    const rig = createRig({ kept: history([firing('a', 1), delivered], [firing('a', 2)]) })
    for (const entry of rig.journal.of('delivery')) rig.delivery.replay(entry)
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['trigger a'])
    expect(rig.exporter.attempts[0]!.exporterEvent.change.episode.firedAtMs).toBe(2)
  })

  it('drops the resolve of a trigger that was rejected', async () => {
    const kept = history([firing('a'), { result: 'rejected' }], [resolved('a')])
    const rig = createRig({ kept })
    await rig.clock.settle()
    expect(rig.exporter.attempts).toEqual([])
    expect(rig.outcomes()).toEqual(['rejected firing a', 'dropped resolved a'])
  })

  it('sends the resolve of a rejected trigger that may have opened an incident', async () => {
    const kept = history(
      [firing('a'), { result: 'rejected', mayHaveOpened: true }],
      [resolved('a')],
    )
    const rig = createRig({ kept })
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['resolve a'])
  })

  it('supposes that an attempt was made of what was first: its resolve is owed', async () => {
    const kept = history([firing('a', 1)], [resolved('a', 1)], [firing('a', 2)], [resolved('a', 2)])
    const rig = createRig({ kept, policy: { latePages: 'drop' } })
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['resolve a'])
    expect(rig.outcomes()).toEqual([
      'dropped firing a',
      'delivered resolved a',
      'dropped firing a',
      'dropped resolved a',
    ])
  })

  it('ignores outcomes of exporters that are gone', async () => {
    const rig = createRig({ kept: history([firing('a')]) })
    const event = { position: 1, index: 0 }
    const common = { kind: 'delivery', timeMs: START_MS, exporter: 'gone' } as const
    rig.delivery.replay({ ...common, event, result: 'delivered' })
    await rig.clock.settle()
    expect(rig.exporter.log).toEqual(['trigger a'])
  })

  it('sends a resolve whose trigger lies before the history', async () => {
    const rig = createRig({ kept: history([resolved('a')]) })
    await rig.clock.settle()
    expect(rig.outcomes()).toEqual(['delivered resolved a'])
  })
})

describe('before the start', () => {
  it('attempts nothing, and can be shut down', async () => {
    const clock = createManualClock(START_MS)
    const exporter = new ScriptedExporter(clock, () => ({ result: DELIVERED }))
    const journal = createRecordingJournal(history([firing('a')]))
    const delivery = createDelivery({
      routes: new Map([[PROCESSOR, [EXPORTER]]]),
      exporters: new Map([[EXPORTER, { exporter, policy: DEFAULT_DELIVERY_POLICY }]]),
      journal,
      clock,
      random: () => 0,
      telemetry: new Said(),
    })
    for (const { position, entry } of journal.entries) replay(delivery, position, entry)
    await clock.advance(60_000)
    expect(delivery.pending()).toHaveLength(1)
    await delivery.shutdown(AbortSignal.abort())
    delivery.start()
    await clock.advance(60_000)
    expect(exporter.attempts).toEqual([])
    expect(clock.waiting).toBe(0)
  })
})

describe('shutdown', () => {
  const never = () => new AbortController().signal

  it('waits for attempts in flight and their outcomes, and begins no others afterwards', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: 5_000 }) })
    await rig.change(firing('a'))
    await rig.change(resolved('a'))
    let done = false
    const stopped = rig.delivery.shutdown(never()).then(() => {
      done = true
    })
    await rig.clock.advance(4_999)
    expect(done).toBe(false)
    await rig.clock.advance(5_001)
    await stopped
    expect(rig.outcomes()).toEqual(['delivered firing a', 'delivered resolved a'])
    await rig.change(firing('a', 2))
    await rig.clock.advance(60_000)
    expect(rig.exporter.log).toEqual(['trigger a', 'resolve a'])
    expect(rig.clock.waiting).toBe(0)
    expect(rig.delivery.pending()).toMatchObject([{ dedupKey: 'a', kind: 'firing' }])
  })

  it('waits for the commit of an outcome', async () => {
    const rig = createRig()
    const commit = rig.journal.hold()
    await rig.change(firing('a'))
    let done = false
    const stopped = rig.delivery.shutdown(never()).then(() => {
      done = true
    })
    await rig.clock.advance(1_000)
    expect(done).toBe(false)
    commit()
    await stopped
    expect(done).toBe(true)
  })

  it('aborts attempts in flight when its signal does; what they carried stays pending', async () => {
    const rig = createRig({ script: () => ({ result: DELIVERED, tookMs: 600_000 }) })
    await rig.change(firing('a'))
    const controller = new AbortController()
    const stopped = rig.delivery.shutdown(controller.signal)
    controller.abort()
    await stopped
    expect(rig.delivery.pending()).toMatchObject([{ dedupKey: 'a', lastReason: 'aborted' }])
    expect(rig.clock.waiting).toBe(0)
  })

  it('gives up on an exporter that ignores the abort after a second', async () => {
    const rig = createRig()
    rig.exporter.attempt = () => new Promise(() => undefined)
    await rig.change(firing('a'))
    let done = false
    const stopped = rig.delivery.shutdown(AbortSignal.abort()).then(() => {
      done = true
    })
    await rig.clock.advance(999)
    expect(done).toBe(false)
    await rig.clock.advance(1)
    await stopped
    expect(done).toBe(true)
  })

  it('may be called twice, and cancels what waits for its time', async () => {
    const rig = createRig({ script: () => ({ result: UNREACHABLE }) })
    await rig.change(firing('a'))
    expect(rig.clock.waiting).toBe(1)
    await Promise.all([rig.delivery.shutdown(never()), rig.delivery.shutdown(never())])
    await rig.delivery.shutdown(never())
    rig.delivery.start()
    expect(rig.clock.waiting).toBe(0)
  })

  it('keeps what is handed to it afterwards', async () => {
    const rig = createRig({ script: () => ({ result: REJECTED }) })
    await rig.delivery.shutdown(never())
    await rig.change(firing('a'))
    expect(rig.delivery.pending()).toMatchObject([{ dedupKey: 'a', attempts: 0 }])
  })
})
