import { describe, expect, it } from 'vitest'
import { createHost, type Host } from '../../src/host/host.ts'
import type { AlertChange } from '../../src/model/alert.ts'
import type { Engine, EngineNotice } from '../../src/model/engine.ts'
import type { ChangesEntry } from '../../src/model/journal.ts'
import { Refusal } from '../../src/model/refusal.ts'
import { newEngine } from '../helpers/engine-run.ts'
import { createManualClock, type ManualClock } from '../helpers/manual-clock.ts'
import { createRecordingJournal, type RecordingJournal } from '../helpers/recording-journal.ts'
import { openBatch } from '../helpers/opens.ts'
import { type PlainRecord, recordBatch } from '../helpers/records.ts'

const START = 1_000_000

interface Rig {
  readonly host: Host
  readonly clock: ManualClock
  readonly journal: RecordingJournal
  readonly passedOn: { position: number; entry: ChangesEntry }[]
  readonly failures: unknown[]
  readonly notices: EngineNotice[]
  readonly changed: AlertChange[]
  readonly engine: Engine
  readonly submit: (...rows: PlainRecord[]) => Promise<void>
}

function rig(): Rig {
  const clock = createManualClock(START)
  const journal = createRecordingJournal()
  const passedOn: Rig['passedOn'] = []
  const failures: unknown[] = []
  const notices: EngineNotice[] = []
  const changed: AlertChange[] = []
  const engine = newEngine(START)
  const host = createHost({
    processor: 'llm_alerting',
    engine,
    journal,
    clock,
    onChanges: (position, entry) => passedOn.push({ position, entry }),
    telemetry: {
      changed: (_, change) => changed.push(change),
      noticed: (_, notice) => notices.push(notice),
      journalFailed: (_, error) => failures.push(error),
      nothingRecognised: () => undefined,
      clockOff: () => undefined,
      announced: () => undefined,
    },
  })
  const submit = (...rows: PlainRecord[]): Promise<void> =>
    host.submit({ records: recordBatch(rows) })
  return { host, clock, journal, passedOn, failures, notices, changed, engine, submit }
}

const failed = (span: string): PlainRecord => ({
  role: 'request',
  trace: span,
  span,
  endMs: START - 10,
  durationMs: 5,
  outcome: 'failed',
  group: ['m'],
})

describe('host', () => {
  it('acknowledges only when the journal has the records', async () => {
    const { submit, journal, clock } = rig()
    const release = journal.hold()
    let acknowledged = false
    const submitted = submit(failed('1')).then(() => (acknowledged = true))
    await clock.settle()
    expect(acknowledged).toBe(false)
    release()
    await submitted
    expect(journal.of('records')).toMatchObject([{ processor: 'llm_alerting', timeMs: START }])
  })

  it('passes changes on when they are committed, with the position of their cause', async () => {
    const { submit, journal, passedOn, clock, changed } = rig()
    const release = journal.hold()
    const submitted = submit(failed('1'), failed('2'))
    await clock.settle()
    expect(passedOn).toEqual([])
    release()
    await submitted
    await clock.settle()
    expect(passedOn).toMatchObject([
      { position: 2, entry: { kind: 'changes', cause: 1, changes: [{ kind: 'firing' }] } },
    ])
    expect(changed).toMatchObject([{ kind: 'firing' }])
  })

  it('passes changes on in order', async () => {
    const { host, submit, passedOn, clock } = rig()
    host.start()
    await submit(failed('1'), failed('2'))
    await submit({ ...failed('3'), group: ['n'] }, { ...failed('4'), group: ['n'] })
    await clock.advance(3_600_000)
    const positions = passedOn.map(({ position }) => position)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    const kinds = passedOn.flatMap(({ entry }) => entry.changes.map(({ kind }) => kind))
    expect(kinds).toEqual(['firing', 'firing', 'resolved', 'resolved'])
  })

  it('wakes the engine when it asks to be, and logs a tick only where that changed something', async () => {
    const { host, submit, journal, clock } = rig()
    host.start()
    await submit({ ...failed('1'), role: 'candidate', parent: '9' })
    await clock.advance(10_000)
    expect(journal.of('tick').map(({ reason }) => reason)).toEqual(['started'])
    await submit(failed('2'))
    await clock.advance(3_600_000)
    const due = journal.of('tick').filter(({ reason }) => reason === 'due')
    expect(due.length).toBe(1)
    expect(journal.of('changes').at(-1)?.changes).toMatchObject([{ kind: 'resolved' }])
    expect(clock.waiting).toBe(0)
  })

  it('repeats by its log what it did live', async () => {
    const { host, submit, journal, clock, engine } = rig()
    host.start()
    await submit(failed('1'), failed('2'))
    await clock.advance(3_600_000)
    const replayed = newEngine(START)
    const changes = journal.entries.flatMap(({ entry }) =>
      entry.kind === 'records' || entry.kind === 'tick' ? replayed.apply(entry) : [],
    )
    expect(changes).toEqual(journal.of('changes').flatMap((entry) => entry.changes))
    expect(replayed.status()).toEqual(engine.status())
  })

  it('notices that it was paused', async () => {
    const { host, submit, journal, clock } = rig()
    host.start()
    await submit({ ...failed('1'), role: 'candidate', parent: '9' })
    clock.step(START + 16_000)
    await clock.advance(0)
    expect(journal.of('tick').map(({ reason }) => reason)).toEqual(['started', 'paused'])
  })

  it('notices a pause by its own beat while spans are open, and restarts their leases', async () => {
    const { host, journal, clock, engine, notices } = rig()
    host.start()
    const opens = openBatch([{ trace: 'a', span: 'b', ageMs: 1000 }])
    await host.submit({ records: recordBatch([]), opens })
    await clock.advance(20_000)
    clock.step(START + 600_000)
    await host.submit({ records: recordBatch([]) })
    expect(journal.of('tick').map(({ reason }) => reason)).toEqual(['started', 'paused'])
    await clock.advance(29_000)
    expect(engine.counters.open.open.announced).toBe(1)
    await clock.advance(2_000)
    expect(engine.counters.open.instancesLost).toBe(1)
    expect(notices).toEqual([{ kind: 'instance_lost', service: 'proxy', instance: 'i', spans: 1 }])
    expect(clock.waiting).toBe(0)
  })

  it('restarts leases after it refused data', async () => {
    const { host, submit, journal } = rig()
    host.start()
    journal.breakDown(new Error('no space left'))
    await submit(failed('1')).catch(() => undefined)
    journal.repair()
    await submit(failed('2'))
    await submit(failed('3'))
    expect(journal.of('tick').map(({ reason }) => reason)).toEqual(['started', 'refused'])
  })

  it('never lets the time of the engine go back', async () => {
    const { submit, journal, clock } = rig()
    await submit(failed('1'))
    clock.step(START - 50_000)
    await submit(failed('2'))
    expect(journal.of('records').map(({ timeMs }) => timeMs)).toEqual([START, START])
  })

  it('pages from memory and refuses senders, retryably, while the journal is broken', async () => {
    const { host, submit, journal, passedOn, failures, clock } = rig()
    journal.breakDown(new Error('no space left'))
    host.start()
    const refused = await submit(failed('1'), failed('2')).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Refusal)
    expect(refused).toMatchObject({ code: 'unavailable', retryAfterMs: 5000 })
    await clock.settle()
    expect(passedOn).toMatchObject([{ entry: { changes: [{ kind: 'firing' }] } }])
    expect(failures.length).toBeGreaterThan(0)
    await clock.advance(3_600_000)
    expect(passedOn.at(-1)).toMatchObject({ entry: { changes: [{ kind: 'resolved' }] } })
  })

  it('stops waking and waits until everything is passed on', async () => {
    const { host, submit, journal, passedOn, clock } = rig()
    host.start()
    const release = journal.hold()
    const submitted = submit(failed('1'), failed('2'))
    const stopped = host.shutdown()
    await clock.settle()
    expect(passedOn).toEqual([])
    release()
    await Promise.all([submitted, stopped])
    expect(passedOn.length).toBe(1)
    expect(clock.waiting).toBe(0)
  })
})
