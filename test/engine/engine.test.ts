import { describe, expect, it } from 'vitest'
import { newEngine, take } from '../helpers/engine-run.ts'
import { openBatch } from '../helpers/opens.ts'
import { recordBatch, type PlainRecord } from '../helpers/records.ts'

const failed = (span: string, endMs: number, row: Partial<PlainRecord> = {}): PlainRecord => ({
  role: 'request',
  trace: span,
  span,
  endMs,
  durationMs: 5,
  outcome: 'failed',
  group: ['m'],
  ...row,
})

describe('engine', () => {
  it('fires in the entry that brings the last failure, and resolves by time', () => {
    const engine = newEngine(0)
    expect(take(engine, { timeMs: 1000, rows: [failed('1', 990)] })).toEqual([])
    const [firing] = take(engine, { timeMs: 2000, rows: [failed('2', 1990)] })
    expect(firing).toMatchObject({
      kind: 'firing',
      episode: { rule: 'failures', dedupKey: 'spanpager/failures/m', firedAtMs: 2000 },
      facts: { count: 2, threshold: 2 },
    })
    expect(engine.status()).toMatchObject([
      { rule: 'failures', state: 'firing', count: 2 },
      { rule: 'hangs', state: 'inactive', count: 0 },
    ])
    const [resolved] = engine.advanceTo(10_000_000)
    expect(resolved).toMatchObject({ kind: 'resolved', reason: 'no_traffic', peak: 2, total: 2 })
  })

  it('asks to be woken for what waits, and for nothing when all is quiet', () => {
    const engine = newEngine(0)
    expect(engine.nextWakeMs()).toBeUndefined()
    take(engine, { timeMs: 1000, rows: [failed('1', 990, { role: 'candidate', parent: '9' })] })
    expect(engine.nextWakeMs()).toBe(11_000)
    take(engine, { timeMs: 2000, rows: [failed('2', 1990), failed('3', 1991)] })
    expect(engine.nextWakeMs()).toBe(11_000)
    engine.advanceTo(11_000)
    expect(engine.nextWakeMs()).toBeGreaterThan(11_000)
    engine.advanceTo(10_000_000)
    expect(engine.nextWakeMs()).toBeUndefined()
  })

  it('tells what a candidate waits for', () => {
    const engine = newEngine(0)
    take(engine, { timeMs: 1000, rows: [failed('1', 990, { role: 'candidate', parent: '9' })] })
    expect(engine.waitsFor(0, 0, 0, 1, 0, 9)).toBe(true)
    expect(engine.waitsFor(0, 0, 0, 1, 0, 8)).toBe(false)
  })

  it('counts requests when they are decided, and what is revised afterwards', () => {
    const engine = newEngine(0)
    const rows = [
      failed('1', 990),
      failed('2', 990, { outcome: 'ok' }),
      failed('3', 990, { outcome: 'rejected', outcomeIfUpstream: 'failed' }),
      failed('4', 990, { outcome: 'canceled' }),
      failed('5', 990, { role: 'candidate', parent: '9' }),
    ]
    take(engine, { timeMs: 1000, rows })
    const attempt = { trace: '3', span: 'a', parent: '3', evidence: 1, role: 'attempt' as const }
    take(engine, { timeMs: 1001, rows: [failed('a', 980, attempt)] })
    take(engine, { timeMs: 1001, rows: [failed('b', 980, { ...attempt, span: 'b' })] })
    take(engine, { timeMs: 20_000, rows: [failed('9', 990, { trace: '5', outcome: 'ok' })] })
    take(engine, { timeMs: 400_000, rows: [failed('6', 1000)] })
    expect(engine.counters).toMatchObject({
      requests: { ok: 2, failed: 3, rejected: 1, canceled: 1 },
      late: 1,
      revised: new Map([
        ['rejected>failed', 1],
        ['failed>attempt', 1],
      ]),
    })
  })

  it('tells once of processes that died with open spans, and keeps no more than 100 such notices', () => {
    const engine = newEngine(0)
    const opens = openBatch(
      Array.from({ length: 101 }, (_, at) => ({ trace: 'a', span: `${at}f`, instance: `i${at}` })),
    )
    const records = recordBatch([])
    engine.apply({ kind: 'records', processor: 'llm_alerting', timeMs: 1000, records, opens })
    expect(engine.takeNotices()).toEqual([])
    engine.advanceTo(1_000_000)
    const notices = engine.takeNotices()
    expect(notices).toHaveLength(100)
    expect(notices[0]).toMatchObject({ kind: 'instance_lost', service: 'proxy', spans: 1 })
    expect(engine.counters.open.instancesLost).toBe(101)
    expect(engine.takeNotices()).toEqual([])
  })

  it.each([
    ['due', 1],
    ['started', 0],
    ['refused', 0],
    ['paused', 0],
  ] as const)('a tick that is %s: processes lost by a silence before it: %i', (reason, lost) => {
    const engine = newEngine(0)
    const [records, opens] = [recordBatch([]), openBatch([{ trace: 'a', span: '1' }])]
    engine.apply({ kind: 'records', processor: 'llm_alerting', timeMs: 1000, records, opens })
    engine.apply({ kind: 'tick', processor: 'llm_alerting', timeMs: 25_000, reason })
    engine.advanceTo(50_000)
    expect(engine.takeNotices()).toHaveLength(lost)
  })

  it('after a restart resolves nothing before a window of live data', () => {
    const before = newEngine(0)
    take(before, { timeMs: 1000, rows: [failed('1', 990), failed('2', 991)] })
    const snapshot = JSON.parse(JSON.stringify(before.snapshot()))
    const resolvedAt = (restarted: boolean): number => {
      const after = newEngine(0, {}, snapshot)
      const timeMs = 5_000_000
      const reason = restarted ? 'started' : 'due'
      const changes = [...after.apply({ kind: 'tick', processor: 'llm_alerting', timeMs, reason })]
      changes.push(...after.advanceTo(timeMs + 3_600_000))
      const [change] = changes
      return change?.kind === 'resolved' ? change.resolvedAtMs : Number.NaN
    }
    expect(resolvedAt(false)).toBeLessThan(5_000_000)
    expect(resolvedAt(true)).toBeGreaterThanOrEqual(5_010_000)
  })

  it('keeps its epoch and its time in the snapshot', () => {
    const engine = newEngine(5000)
    engine.advanceTo(7000)
    expect(engine.snapshot()).toMatchObject({ version: 1, epochMs: 5000, nowMs: 7000 })
    const records = recordBatch([failed('1', 6000)])
    const entry = { kind: 'records', processor: 'llm_alerting', timeMs: 6500, records } as const
    const restored = newEngine(99_999, {}, JSON.parse(JSON.stringify(engine.snapshot())))
    restored.apply(entry)
    expect(restored.snapshot()).toMatchObject({ epochMs: 5000, nowMs: 7000 })
  })
})
