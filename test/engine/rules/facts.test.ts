import { describe, expect, it } from 'vitest'

import { decided, endOf, failed, hangRule, lost, opened, rule, stage } from './decided.ts'
import { createTable, ms } from './table.ts'

describe('the facts of a page', () => {
  it('tell what failed, most frequent first', () => {
    const table = createTable(stage([rule({ count: 4 })]))
    const facts = (model: string, httpStatus: number) => ({
      model,
      httpStatus,
      provider: 'openai',
      team: 'search',
      keyAlias: 'ci',
      errorType: `E${httpStatus}`,
    })
    table.take(
      5,
      failed(1, { facts: facts('b', 500), traceId: '1'.repeat(32), service: 'proxy-b' }),
      failed(2, { facts: facts('a', 503), traceId: '2'.repeat(32), service: 'proxy-a' }),
      failed(3.000_5, { facts: facts('c', 503), traceId: '3'.repeat(32), service: 'proxy-a' }),
      failed(4.000_5, { facts: {}, traceId: '3'.repeat(32), service: 'proxy-a' }),
      decided(4),
    )
    expect(table.facts()).toEqual({
      count: 4,
      atLeast: false,
      threshold: 4,
      windowMs: 60_000,
      ratio: 0.8,
      requests: 5,
      errorTypes: [
        { value: 'E503', count: 2 },
        { value: 'E500', count: 1 },
      ],
      httpStatuses: [
        { value: '503', count: 2 },
        { value: '500', count: 1 },
      ],
      models: [
        { value: 'a', count: 1 },
        { value: 'b', count: 1 },
        { value: 'c', count: 1 },
      ],
      providers: [{ value: 'openai', count: 3 }],
      teams: [{ value: 'search', count: 3 }],
      keyAliases: [{ value: 'ci', count: 3 }],
      services: [
        { value: 'proxy-a', count: 3 },
        { value: 'proxy-b', count: 1 },
      ],
      evidence: [],
      hangKinds: [],
      open: 0,
      sampleTraceIds: ['3'.repeat(32), '2'.repeat(32), '1'.repeat(32)],
      firstSeenMs: ms(1),
      detectionLagMs: 1000,
      late: 0,
    })
  })

  it('list five at most: the most frequent values, the newest traces', () => {
    const table = createTable(stage([rule({ count: 28 })]))
    const requests = Array.from({ length: 7 }, (_, at) =>
      Array.from({ length: at + 1 }, () => failed(at, { facts: { model: `model-${at}` } })),
    ).flat()
    table.take(10, ...requests)
    expect(table.facts().models.map(({ value }) => value)).toEqual([
      'model-6',
      'model-5',
      'model-4',
      'model-3',
      'model-2',
    ])
    const newest = requests.slice(-5).map(({ traceId }) => traceId)
    expect(table.facts().sampleTraceIds).toEqual(newest.toReversed())
  })

  it('leave out what is not in the window', () => {
    const table = createTable(stage([rule({ count: 2 })]))
    table.take(1, failed(1, { facts: { model: 'old' } }), decided(1))
    table.take(100, failed(100, { facts: { model: 'new' } }), failed(100), decided(100))
    expect(table.facts()).toMatchObject({
      count: 2,
      requests: 3,
      models: [{ value: 'new', count: 1 }],
      firstSeenMs: ms(100),
    })
  })

  it('tell the window of a burst that was found late', () => {
    const table = createTable(stage([rule({ count: 2 })]))
    table.take(100, decided(100), decided(99))
    table.take(101, failed(2), failed(3), decided(2))
    expect(table.facts()).toMatchObject({ count: 2, requests: 3, firstSeenMs: ms(2) })
    // Two requests of the present are none of the burst.
    expect(table.facts().ratio).toBeCloseTo(2 / 3)
  })

  it('tell nothing of the burst of an episode that is over', () => {
    const brief = rule({ count: 1, windowMs: 4000, keepFiringForMs: 0 })
    const table = createTable(stage([brief], { noTrafficResolveAfterMs: 0 }))
    expect(table.take(105, failed(100))).toHaveLength(2)
    expect(table.take(106, failed(99))).toHaveLength(2)
    expect(table.facts()).toMatchObject({ count: 1, requests: 1, firstSeenMs: ms(99) })
  })

  it('tell of hangs how they are known and how long the longest waited', () => {
    const table = createTable(stage([hangRule()]))
    table.take(
      40,
      decided(40, { duration: 40, firstChunk: 12.5 }),
      decided(40, { duration: 30, outcome: 'failed' }),
      decided(40),
    )
    expect(table.facts()).toMatchObject({
      count: 2,
      requests: 3,
      threshold: 2,
      waitingMs: 10_000,
      oldestWaitingMs: 30_000,
      evidence: [{ value: 'ended', count: 2 }],
      firstSeenMs: ms(10),
      detectionLagMs: 0,
    })
    expect(table.facts()).not.toHaveProperty('ratio')
  })

  it('tell of open hangs what is known at the time of the page', () => {
    const overrides = [{ match: [{ key: 1, patterns: ['slow'] }], waitingNano: 20e9 }]
    const hanging = hangRule({ count: 6, overrides })
    const table = createTable(stage([hanging], { hangingUntil: 'end' }))
    const trace = (digit: string) => ({ traceId: digit.repeat(32) })
    table.take(
      40,
      opened(1, { ...trace('1'), facts: { model: 'a', team: 'search' } }),
      opened(2, { ...trace('2'), facts: { model: 'a' }, progressNano: 35e9 }),
      opened(3, { ...trace('3'), facts: { model: 'b' }, progressNano: 35e9 + 1 }),
      // The first chunk is a sign too; by the override 9 s of silence are not yet a stall.
      opened(4, { ...trace('4'), group: ['proxy', 'slow'], firstChunkNano: 27e9 }),
      lost(opened(5, { ...trace('5'), progressNano: 6e9, firstChunkNano: 1e9 }), 36),
      decided(33, { ...trace('6'), duration: 30 }),
      opened(0, { ...trace('0'), evidence: 'inferred' }),
    )
    expect(table.facts()).toMatchObject({
      count: 7,
      open: 6,
      requests: 1,
      hangKinds: [
        { value: 'no_first_token', count: 2 },
        { value: 'running', count: 2 },
        { value: 'stalled', count: 2 },
      ],
      evidence: [
        { value: 'announced', count: 4 },
        { value: 'ended', count: 1 },
        { value: 'inferred', count: 1 },
        { value: 'lost', count: 1 },
      ],
      models: [
        { value: 'a', count: 2 },
        { value: 'b', count: 1 },
      ],
      teams: [{ value: 'search', count: 1 }],
      sampleTraceIds: ['0', '1', '2', '3', '5'].map((digit) => digit.repeat(32)),
      oldestWaitingMs: 40_000,
      firstSeenMs: ms(10),
    })
  })

  it('tell how long was waited for a first chunk', () => {
    const table = createTable(stage([hangRule()]))
    table.take(40, opened(0, { firstChunkNano: 15e9 }), opened(28))
    expect(table.facts()).toMatchObject({ open: 2, oldestWaitingMs: 15_000 })
  })

  it('count the lag of open hangs from when there were enough', () => {
    const live = createTable(stage([hangRule()]))
    live.take(10, opened(0), opened(5))
    live.pass(20)
    expect(live.facts()).toMatchObject({ detectionLagMs: 0 })
    const behind = createTable(stage([hangRule()]))
    behind.take(40, opened(0), opened(5), opened(20), decided(14, { duration: 12 }))
    // Known at 10 s, 14 s (it had ended), 15 s and 30 s.
    expect(behind.facts()).toMatchObject({ count: 4, detectionLagMs: 26_000 })
  })

  it('keep that a hang was announced when it ends, not that it was lost or inferred', () => {
    const table = createTable(stage([hangRule({ count: 4 })]))
    const announced = opened(0)
    const silent = lost(opened(0), 20)
    const inferred = opened(0, { evidence: 'inferred' })
    table.take(25, announced, silent, inferred)
    const end = endOf(announced, 30)
    table.revise(30, announced, end)
    table.revise(30, silent, endOf(silent, 30))
    table.revise(30, inferred, endOf(inferred, 30))
    table.revise(31, end, { ...end, facts: { model: 'a' } })
    table.take(32, decided(32, { duration: 20 }))
    expect(table.facts()).toMatchObject({
      open: 0,
      hangKinds: [],
      evidence: [
        { value: 'ended', count: 3 },
        { value: 'announced', count: 1 },
      ],
    })
  })

  it('count the lag up to the arrival of the deciding span, not up to the page', () => {
    const table = createTable(stage([rule({ count: 2, forMs: 30_000 })]))
    table.take(3, failed(1), failed(2))
    expect(table.pass(40)).toHaveLength(1)
    expect(table.facts()).toMatchObject({ detectionLagMs: 1000 })
  })

  it('forget late requests after a window', () => {
    const table = createTable(stage([rule({ count: 1 })]))
    table.take(1, failed(-400, { late: true }), decided(-400, { late: true }))
    table.take(62, failed(62))
    expect(table.facts()).toMatchObject({ late: 0, requests: 1 })
  })

  it('name the episode', () => {
    const table = createTable(stage([rule({ count: 1, severity: 'warning', groupBy: [0, 1] })]))
    table.rules.observe(undefined, failed(1, { group: ['a', undefined] }), ms(1))
    expect(table.rules.settle(ms(1))[0]!.episode).toEqual({
      dedupKey: 'spanpager/failures/a/(none)',
      name: 'spanpager',
      rule: 'failures',
      ruleKind: 'failures',
      severity: 'warning',
      group: [
        { key: 'service.name', value: 'a' },
        { key: 'model', value: '(none)' },
      ],
      rollUp: false,
      firedAtMs: ms(1),
    })
  })
})
