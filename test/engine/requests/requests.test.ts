import { describe, expect, it } from 'vitest'
import { EVIDENCE } from '../../../src/model/record.ts'
import type { PlainRecord } from '../../helpers/records.ts'
import { runRequests } from '../../helpers/requests-run.ts'

const base = { trace: 'a1', endMs: 1000, durationMs: 100 }
const request = (row: Partial<PlainRecord> = {}): PlainRecord => ({
  role: 'request',
  span: '1',
  ...base,
  ...row,
})
const candidate = (row: Partial<PlainRecord> = {}): PlainRecord => ({
  role: 'candidate',
  span: '2',
  parent: '9',
  ...base,
  ...row,
})
const link = (span: string, parent: string): PlainRecord => ({
  role: 'link',
  trace: 'a1',
  span,
  parent,
})

describe('entry points', () => {
  it('are decided at once', () => {
    const run = runRequests().at(2000, request({ outcome: 'failed', facts: { model: 'm' } }))
    expect(run.standing.get('1')).toEqual({
      state: 'ended',
      traceId: '000000000000000000000000000000a1',
      spanId: '0000000000000001',
      outcome: 'failed',
      endNano: 1000e6,
      durationNano: 100e6,
      firstChunkNano: -1,
      stream: false,
      group: [],
      facts: { model: 'm' },
      service: 'proxy',
      late: false,
    })
    expect(run.stage.nextDueMs()).toBeUndefined()
  })

  it('whose end lies in the future end at their arrival, with their duration', () => {
    const run = runRequests().at(2000, request({ endMs: 7000, durationMs: 300 }))
    expect(run.standing.get('1')).toMatchObject({ endNano: 2000e6, durationNano: 300e6 })
  })

  it('that ended longer than max_lateness before their arrival are late', () => {
    const run = runRequests()
      .at(301_000, request({ span: '1' }))
      .at(301_001, request({ span: '2' }))
    expect(run.standing.get('1')?.late).toBe(false)
    expect(run.standing.get('2')?.late).toBe(true)
  })

  it('keep their end to the nanosecond', () => {
    const run = runRequests().at(2000, request({ endMs: 1000.000001 }))
    expect(run.standing.get('1')?.endNano).toBe(1_000_000_001)
  })
})

describe('candidates whose parent does not come', () => {
  it('count by themselves after decision_wait', () => {
    const run = runRequests().at(2000, candidate({ outcome: 'failed' }))
    expect(run.stage.nextDueMs()).toBe(12_000)
    expect(run.at(11_999).story).toEqual([])
    expect(run.at(12_000).story).toEqual(['nothing>failed'])
  })

  it('are dropped where they can only be attempts', () => {
    const run = runRequests()
      .at(2000, candidate({ role: 'attempt', outcome: 'failed' }))
      .at(12_000)
    expect(run.story).toEqual([])
    expect(run.counters.attemptsDropped).toBe(1)
  })

  it('are attempts of a decided request that encloses them in time', () => {
    const run = runRequests()
      .at(2000, request(), candidate({ outcome: 'failed', endMs: 990, durationMs: 50 }))
      .at(12_000)
    expect(run.story).toEqual(['nothing>ok'])
  })

  it('are attempts of a candidate that encloses them and waits itself', () => {
    const run = runRequests()
      .at(2000, candidate({ span: '3', parent: '9', endMs: 990, durationMs: 50 }))
      .at(2001, candidate({ span: '4', parent: '8', endMs: 1000, durationMs: 100 }))
      .at(12_001)
    expect([...run.standing.keys()]).toEqual(['4'])
  })

  it('fold into the innermost of several that enclose them', () => {
    const run = runRequests()
      .at(
        2000,
        request({ span: '1', durationMs: 900, outcome: 'rejected', outcomeIfUpstream: 'failed' }),
        request({ span: '5', durationMs: 400, outcome: 'rejected', outcomeIfUpstream: 'failed' }),
        candidate({ durationMs: 10, evidence: EVIDENCE.upstreamError, outcome: 'failed' }),
      )
      .at(12_000)
    expect(run.standing.get('5')?.outcome).toBe('failed')
    expect(run.standing.get('1')?.outcome).toBe('rejected')
  })

  it.each([
    ['of another trace', { trace: 'b2' }],
    ['of another service', { service: 'other' }],
    ['of another instance', { instance: 'other' }],
    ['with the same parent', { parent: '9', role: 'candidate' as const }],
    ['that began later', { durationMs: 50 }],
    ['that ended earlier', { endMs: 999 }],
  ])('are not attempts of a request %s', (_, row) => {
    const run = runRequests().at(2000, request(row), candidate()).at(12_000)
    expect(run.standing.has('2')).toBe(true)
  })

  it('are replaced when their request comes after all', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(27_000, request({ span: '9', endMs: 26_000, durationMs: 25_500 }))
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing', 'nothing>ok'])
    expect([...run.standing.keys()]).toEqual(['9'])
  })

  it('are replaced by one that encloses them in time, when links between are lost', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed', facts: { model: 'm' } }))
      .at(27_000, request({ span: '7', endMs: 26_000, durationMs: 25_500, outcome: 'failed' }))
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing', 'nothing>failed'])
    expect(run.standing.get('7')?.facts).toEqual({ model: 'm' })
  })

  it('are replaced by a good one that encloses them in time', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(13_000, request({ span: '7', endMs: 1500, durationMs: 1000 }))
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing', 'nothing>ok'])
  })

  it('are replaced after others were remembered and forgotten', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(13_000)
    run.at(60_000, request({ trace: 'b2', span: '5', endMs: 59_000 }))
    run.at(61_000, request({ span: '9', endMs: 1500, durationMs: 1000 }))
    expect(run.story).toContain('failed>nothing')
  })

  it('are replaced also after a restart', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(13_000)
    run.restart()
    run.at(14_000, request({ span: '7', endMs: 1500, durationMs: 1000 }))
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing', 'nothing>ok'])
  })

  it('are replaced through links that come late', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(20_000, link('9', '8'))
      .at(27_000, request({ span: '8', endMs: 500, durationMs: 10 }))
    expect([...run.standing.keys()]).toEqual(['8'])
  })

  it('bring their own attempts along when replaced', () => {
    const run = runRequests()
      .at(2000, candidate({ span: '3', parent: '2', facts: { team: 't' } }), candidate())
      .at(27_000, request({ span: '9', outcome: 'failed', endMs: 26_000, durationMs: 26_000 }))
    expect(run.standing.get('9')?.facts).toEqual({ team: 't' })
  })

  it('stay when a root that is no request confirms them', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(20_000, { role: 'end', trace: 'a1', span: '9' })
      .at(27_000, request({ span: '7', endMs: 26_000, durationMs: 25_500 }))
    expect([...run.standing.keys()].sort()).toEqual(['2', '7'])
  })

  it('are taken back when their root is one that the preset ignores', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed' }))
      .at(20_000, { role: 'void', trace: 'a1', span: '9' })
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing'])
  })

  it('lend late evidence to a request they fold into by time', () => {
    const run = runRequests()
      .at(2000, request({ outcome: 'rejected', outcomeIfUpstream: 'failed' }))
      .at(12_000, candidate({ endMs: 990, durationMs: 50, evidence: EVIDENCE.upstreamError }))
      .at(22_000)
    expect(run.story).toEqual(['nothing>rejected', 'rejected>failed'])
  })
})

describe('late evidence', () => {
  const rejected = request({ outcome: 'rejected', outcomeIfUpstream: 'failed', group: [undefined] })
  const attempt = candidate({
    role: 'attempt',
    parent: '1',
    outcome: 'failed',
    evidence: EVIDENCE.upstreamError | EVIDENCE.stream,
    firstChunkMs: 5,
    group: ['m'],
    facts: { model: 'm', team: 't', errorType: 'E', httpStatus: 400 },
  })

  it('turns rejected into failed, brings first chunk, model and team, but never the group', () => {
    const run = runRequests().at(2000, rejected).at(12_000, attempt)
    expect(run.standing.get('1')).toMatchObject({
      outcome: 'failed',
      group: [undefined],
      firstChunkNano: 5e6,
      stream: true,
      facts: { model: 'm', team: 't', errorType: 'E', httpStatus: 400 },
    })
  })

  it('counts for nothing after decision_wait', () => {
    const run = runRequests().at(2000, rejected).at(12_001, attempt)
    expect(run.story).toEqual(['nothing>rejected'])
  })

  it('does not touch a good request, nor count by itself', () => {
    const run = runRequests().at(2000, request()).at(2001, attempt).at(20_000)
    expect(run.story).toEqual(['nothing>ok'])
  })

  it('counts for nothing below an attempt that was dropped', () => {
    const run = runRequests()
      .at(2000, candidate({ role: 'attempt' }))
      .at(12_000, candidate({ span: '3', parent: '2', outcome: 'failed' }))
      .at(40_000)
    expect(run.story).toEqual([])
  })

  it('of no news changes nothing', () => {
    const run = runRequests()
      .at(2000, request({ outcome: 'failed', outcomeIfUpstream: 'failed' }))
      .at(2001, candidate({ role: 'attempt', parent: '1' }))
    expect(run.story).toEqual(['nothing>failed'])
  })
})

describe('unsure roots', () => {
  const root = request({ role: 'unsure', outcomeIfSigned: 'failed' })
  const sign: PlainRecord = { role: 'sign', trace: 'a1', span: '5', parent: '1', endMs: 1003 }

  it('are ok after decision_wait without a sign', () => {
    const run = runRequests().at(2000, root)
    expect(run.at(11_999).story).toEqual([])
    expect(run.at(12_000).story).toEqual(['nothing>ok'])
  })

  it.each([
    ['before', [[sign], [root]]],
    ['with', [[root, sign]]],
    ['after', [[root], [sign]]],
  ])('fail with a sign that comes %s them, at the later end of the two', (_, batches) => {
    const run = runRequests()
    for (const batch of batches) run.at(2000, ...batch)
    expect(run.standing.get('1')).toMatchObject({
      outcome: 'failed',
      endNano: 1003e6,
      durationNano: 103e6,
    })
    expect(run.at(99_000).story).toEqual(['nothing>failed'])
  })

  it('stay ok when the sign comes after decision_wait', () => {
    expect(runRequests().at(2000, root).at(13_000, sign).at(40_000).story).toEqual(['nothing>ok'])
  })

  it('are missed when only their sign comes', () => {
    expect(runRequests().at(2000, sign).at(40_000).story).toEqual([])
  })

  it('take in an early candidate when they are decided', () => {
    const run = runRequests()
      .at(2000, candidate({ outcome: 'failed', parent: '1' }))
      .at(20_000, root)
      .at(31_000)
    expect(run.story).toEqual(['nothing>failed', 'failed>nothing', 'nothing>ok'])
  })
})

describe('spans sent again', () => {
  it('count once, a bad one for as long as rules look back, a good one for a minute', () => {
    const bad = request({ outcome: 'failed' })
    const good = request({ span: '2' })
    const run = runRequests().at(2000, bad, good).at(61_000, bad, good)
    expect(run.counters.duplicates).toBe(2)
    run.at(63_000, bad, good).at(900_000, bad)
    expect(run.story).toEqual(['nothing>failed', 'nothing>ok', 'nothing>ok'])
    run.at(1_000_000, bad)
    expect(run.story.length).toBe(4)
  })

  it('count once within one batch', () => {
    const run = runRequests().at(
      2000,
      request(),
      request(),
      candidate(),
      candidate(),
      link('9', '8'),
      link('9', '8'),
    )
    expect(run.counters.duplicates).toBe(2)
    expect(run.at(20_000).standing.size).toBe(1)
  })
})

describe('links', () => {
  it('are asked for while somebody waits, and not after', () => {
    const run = runRequests().at(2000, candidate())
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 9)).toBe(true)
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 2)).toBe(false)
    expect(run.stage.waitsFor(0, 0, 0, 0xa2, 0, 9)).toBe(false)
    run.at(2001, link('9', '8'))
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 9)).toBe(false)
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 8)).toBe(true)
  })

  it('too many are harmless', () => {
    const run = runRequests().at(2000, link('9', '8'), { role: 'end', trace: 'a1', span: '8' })
    expect(run.at(2001, candidate()).story).toEqual(['nothing>ok'])
  })

  it('that nothing needs any more leave no trace', () => {
    const run = runRequests().at(2000, link('9', '8'), request())
    run.at(90_000, request({ span: 'f', endMs: 89_000 }))
    expect(run.stage.memory.table.size).toBe(1)
  })
})

describe('what senders claim', () => {
  it('a span that is its own parent waits and counts', () => {
    expect(
      runRequests()
        .at(2000, candidate({ parent: '2' }))
        .at(12_000).story,
    ).toEqual(['nothing>ok'])
  })

  it('a circle of spans ends', () => {
    const run = runRequests()
      .at(2000, candidate({ span: '2', parent: '3' }), candidate({ span: '3', parent: '2' }))
      .at(2001, link('4', '5'), link('5', '4'), candidate({ span: '6', parent: '4' }))
      .at(40_000)
    expect(run.standing.size).toBeGreaterThan(0)
  })

  it('a tree too deep to climb is decided by time', () => {
    const run = runRequests()
    run.at(2000, candidate({ span: '1', parent: '2' }))
    for (let depth = 2; depth < 100; depth += 1) {
      run.at(2000, link(depth.toString(16), (depth + 1).toString(16)))
    }
    run.at(2001, { role: 'end', trace: 'a1', span: (100).toString(16) }).at(12_000)
    expect(run.story).toEqual(['nothing>ok'])
  })
})

describe('bounds', () => {
  it('beyond max_candidates the oldest is decided early, and that is counted', () => {
    const run = runRequests({ maxCandidates: 2 }).at(
      2000,
      candidate({ span: '1' }),
      candidate({ span: '2' }),
      candidate({ span: '3' }),
    )
    expect([...run.standing.keys()]).toEqual(['1'])
    expect(run.counters.decidedEarly).toBe(1)
  })

  it('beyond max_decided good ids are forgotten first, then bad ones, oldest first', () => {
    const run = runRequests({ maxDecided: 2 })
    const bad = request({ span: '1', outcome: 'failed' })
    run
      .at(2000, bad)
      .at(2001, request({ span: '2' }))
      .at(2002, request({ span: '3' }))
    expect(run.counters.idsForgotten).toBe(1)
    run.at(2003, bad)
    expect(run.counters.duplicates).toBe(1)
    run.at(2004, request({ span: '2' }))
    expect(run.standing.size).toBe(3)
    expect(run.stage.memory.table.size).toBe(2)
  })

  it('beyond max_decided also what others hang below goes', () => {
    const run = runRequests({ maxDecided: 3 })
    run.at(2000, candidate({ parent: '1', role: 'attempt' }), request({ outcome: 'failed' }))
    for (let span = 16; span < 32; span += 1) {
      run.at(2001, request({ span: span.toString(16), outcome: 'failed' }))
    }
    expect(run.stage.memory.table.size).toBe(3)
  })

  it('beyond max_decided a request goes before the attempts below it', () => {
    const run = runRequests({ maxDecided: 2 })
    run.at(2000, candidate({ span: '2', parent: '1', outcome: 'failed' }), request())
    run.at(2001, request({ span: '3', outcome: 'failed' }))
    run.at(2002, request({ span: '4', outcome: 'failed' }))
    expect(run.stage.memory.table.size).toBe(2)
    run.at(2003, request())
    expect(run.story.filter((line) => line === 'nothing>ok').length).toBe(2)
  })

  it('waiting spans are never forgotten for new ones', () => {
    const run = runRequests({ maxDecided: 2 }).at(
      2000,
      candidate({ span: '1', parent: '9' }),
      candidate({ span: '2', parent: '9' }),
      candidate({ span: '3', parent: '9' }),
    )
    expect(run.at(12_000).standing.size).toBe(3)
  })

  it('many spans of one trace cost no more than others', () => {
    const run = runRequests()
    const rows = Array.from({ length: 3000 }, (_, at) => request({ span: (at + 1).toString(16) }))
    run.at(2000, ...rows, candidate({ span: 'ffff', endMs: 950, durationMs: 1 })).at(12_000)
    expect(run.standing.size).toBe(3000)
  })
})
