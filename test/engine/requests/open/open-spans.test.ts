import { describe, expect, it } from 'vitest'
import type { PlainOpen } from '../../../helpers/opens.ts'
import type { PlainRecord } from '../../../helpers/records.ts'
import { type RequestsRun, runRequests } from '../../../helpers/requests-run.ts'

const S = 1000
const open = (row: Partial<PlainOpen> = {}): PlainOpen => ({ trace: 'a1', span: '1', ...row })
const ended = (row: Partial<PlainRecord> = {}): PlainRecord => ({
  role: 'request',
  trace: 'a1',
  span: '1',
  endMs: 100 * S,
  durationMs: 95 * S,
  ...row,
})

/** Announces an open span every 10 s, its age growing, until a time. */
function beat(run: RequestsRun, row: PlainOpen, fromMs: number, untilMs: number): RequestsRun {
  for (let at = fromMs; at <= untilMs; at += 10 * S) {
    run.announce(at, { ...row, ageMs: (row.ageMs ?? 5 * S) + at - fromMs })
  }
  return run
}

describe('an announced request', () => {
  it('is told of when it is as old as the smallest threshold, by its own clock', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S, startMs: 999_999 * S }))
    beat(run, open({ ageMs: 15 * S }), 110 * S, 150 * S)
    expect(run.at(155 * S - 1).story).toEqual([])
    expect(run.at(155 * S).story).toEqual(['nothing>open'])
    expect(run.open.get('1')).toEqual({
      state: 'open',
      traceId: '000000000000000000000000000000a1',
      spanId: '0000000000000001',
      evidence: 'announced',
      startNano: 95e9,
      firstChunkNano: -1,
      progressNano: -1,
      lostNano: undefined,
      group: [],
      facts: {},
      service: 'proxy',
    })
  })

  it('that is old when it is first heard of is told of at once', () => {
    expect(runRequests().announce(100 * S, open({ ageMs: 70 * S })).story).toEqual(['nothing>open'])
  })

  it('counts from its start where it has no age, and from its arrival where that lies ahead', () => {
    const run = runRequests()
      .announce(100 * S, open({ startMs: 90 * S, heartbeatMs: 0 }))
      .announce(100 * S, open({ span: '2', startMs: 160 * S, heartbeatMs: 0 }))
      .announce(100 * S, open({ span: '3', heartbeatMs: 0 }))
      .at(160 * S)
    expect(run.open.get('1')?.startNano).toBe(90e9)
    expect(run.open.get('2')?.startNano).toBe(100e9)
    expect(run.open.get('3')?.startNano).toBe(100e9)
  })

  it('that starts more than a minute from now is refused', () => {
    const run = runRequests().announce(100 * S, open({ startMs: 160 * S + 1 }))
    expect(run.counters.open).toMatchObject({ faults: { future_start: 1 }, open: { announced: 0 } })
  })

  it('becomes an ended one when its span comes, whatever role that has by itself', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 70 * S }))
    run.at(110 * S, ended({ role: 'candidate', parent: '9', outcome: 'failed' }))
    expect(run.story).toEqual(['nothing>open', 'open>failed'])
    expect(run.counters.open.open.announced).toBe(0)
  })

  it('that ends in time is never told of as open', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S }))
      .at(110 * S, ended())
    expect(run.at(900 * S).story).toEqual(['nothing>ok'])
  })

  it('is taken back when its span turns out to be an attempt', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 70 * S, outermost: false }))
      .at(110 * S, ended({ role: 'candidate', parent: '9' }), ended({ span: '9' }))
    expect(run.story).toEqual(['nothing>open', 'open>nothing', 'nothing>ok'])
  })

  it('is asked for when its span comes and matches nothing', () => {
    const run = runRequests()
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 1)).toBe(false)
    run.announce(100 * S, open({ ageMs: 70 * S }))
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 1)).toBe(true)
    expect(run.stage.waitsFor(0, 0, 0, 0xa1, 0, 2)).toBe(false)
  })

  it('is taken back when its span matches nothing', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 70 * S }))
      .at(110 * S, { role: 'end', trace: 'a1', span: '1' })
    expect(run.story).toEqual(['nothing>open', 'open>nothing'])
  })
})

describe('a closing announcement', () => {
  const closed = (row: Partial<PlainOpen> = {}): PlainOpen => open({ state: 'ended', ...row })

  it('ends the request, with what was known of it', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S, group: ['m'], facts: { model: 'm' } }))
      .announce(101 * S, closed({ ageMs: 5.5 * S, outcome: 'failed', facts: { errorType: 'E' } }))
    expect(run.standing.get('1')).toMatchObject({
      outcome: 'failed',
      endNano: 100.5e9,
      durationNano: 5.5e9,
      group: ['m'],
      facts: { model: 'm', errorType: 'E' },
    })
  })

  it('without a duration ends it now', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S }))
      .announce(103 * S, closed())
    expect(run.standing.get('1')).toMatchObject({
      outcome: 'ok',
      endNano: 103e9,
      durationNano: 8e9,
    })
  })

  it.each([
    ['first', true],
    ['second', false],
  ])('and the exported span count once, the closing %s', (_, first) => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S }))
    if (first) run.announce(101 * S, closed({ outcome: 'failed' }))
    run.at(102 * S, ended({ outcome: 'failed' }))
    if (!first) run.announce(103 * S, closed({ outcome: 'failed' }))
    expect(run.at(200 * S).story).toEqual(['nothing>failed'])
    expect(run.counters.open.faults.closed_unknown).toBe(0)
  })

  it('of a span never heard of is counted, and no more', () => {
    const run = runRequests().announce(100 * S, closed({ outcome: 'failed' }))
    expect(run.at(200 * S).story).toEqual([])
    expect(run.counters.open.faults.closed_unknown).toBe(1)
  })

  it.each([
    ['of a span never heard of', [], closed()],
    ['of a span that nobody watches any more', [open()], closed({ state: 'gone' })],
    ['of a candidate', [open({ outermost: false })], closed()],
  ])('%s makes a later opening void, for as long as ids are remembered', (_, before, closing) => {
    const run = runRequests({ rememberMs: 50 * S })
      .announce(99 * S, ...before)
      .announce(100 * S, closing)
    run.restart()
    run.announce(101 * S, open({ ageMs: 70 * S }))
    expect(run.at(110 * S).story).toEqual([])
    run.announce(150 * S, open({ ageMs: 70 * S }))
    expect(run.story).toEqual(['nothing>open'])
  })

  it('of many: 100,000 are remembered, 1,000 of a trace', () => {
    const run = runRequests()
    const hex = (at: number): string => (at + 1).toString(16)
    const closings = (count: number, ids: (at: number) => Partial<PlainOpen>) =>
      Array.from({ length: count }, (_, at) => closed(ids(at)))
    run.announce(100 * S, ...closings(1001, (at) => ({ trace: 'f', span: hex(at) })))
    run.announce(
      101 * S,
      open({ trace: 'f', span: hex(999) }),
      open({ trace: 'f', span: hex(1000) }),
    )
    expect(run.counters.open.open.announced).toBe(1)
    run.announce(102 * S, ...closings(100_000, (at) => ({ trace: hex(at), span: hex(at) })))
    run.announce(103 * S, open({ trace: 'f', span: '1' }), open({ trace: '1', span: '1' }))
    expect(run.counters.open.open.announced).toBe(2)
  })

  it('that says it took longer than it can have is counted, and its own time is taken', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S }))
      .announce(101 * S, closed({ ageMs: 1e9, outcome: 'failed' }))
    expect(run.standing.get('1')).toMatchObject({ durationNano: 6e9, endNano: 101e9 })
    expect(run.counters.open.faults.absurd_age).toBe(1)
  })

  it('makes a later opening void', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S }))
      .announce(101 * S, closed())
      .announce(102 * S, open({ ageMs: 7 * S }))
    expect(run.at(130 * S).counters.open.open.announced).toBe(0)
  })

  it.each(['gone' as const, 'ended' as const])(
    'of one that is not outermost (%s) only ends the watch',
    (state) => {
      const run = runRequests()
        .announce(100 * S, open({ ageMs: 70 * S, outermost: false }))
        .announce(101 * S, open({ state, outermost: false }))
      expect(run.story).toEqual(['nothing>open', 'open>nothing'])
    },
  )

  it('of a shutdown takes it back: how it ended is open', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 70 * S }))
      .announce(101 * S, open({ state: 'gone' }))
    expect(run.story).toEqual(['nothing>open', 'open>nothing'])
  })

  it('takes in the attempts that waited for it', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S }))
      .at(100 * S, ended({ role: 'attempt', span: '2', parent: '1', facts: { team: 't' } }))
      .announce(101 * S, closed({ outcome: 'failed' }))
    expect(run.standing.get('1')?.facts).toEqual({ team: 't' })
  })
})

describe('progress', () => {
  it('is told when it changes', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 70 * S }))
      .announce(110 * S, open({ ageMs: 80 * S }))
      .announce(120 * S, open({ ageMs: 90 * S, progressAgeMs: 2 * S }))
      .announce(130 * S, open({ ageMs: 100 * S, progressAgeMs: 12 * S }))
    expect(run.story).toEqual(['nothing>open', 'open>open'])
    expect(run.open.get('1')).toMatchObject({ firstChunkNano: 80e9, progressNano: 118e9 })
  })

  it('proves no wait where it is told from the beginning on', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 70 * S, progressAgeMs: 2 * S }))
    expect(run.open.get('1')).toMatchObject({ firstChunkNano: 0, progressNano: 98e9 })
  })

  it('proves no wait of the time in which we did not listen', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 20 * S }))
    run.stage.restartLeases(140 * S)
    run.announce(141 * S, open({ ageMs: 61 * S, progressAgeMs: 1 * S }))
    expect(run.open.get('1')).toMatchObject({ firstChunkNano: 0, progressNano: 140e9 })
  })

  it('the first chunk is taken as said', () => {
    const run = runRequests().announce(
      100 * S,
      open({ ageMs: 70 * S, progressAgeMs: 2 * S, firstChunkMs: 300 }),
    )
    expect(run.open.get('1')).toMatchObject({ firstChunkNano: 300e6, progressNano: 98e9 })
  })
})

describe('a span that grows old enough to hang', () => {
  it('does so on time while its process keeps its word', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 50 * S }))
    expect(run.at(110 * S).story).toEqual(['nothing>open'])
  })

  it('waits where another span of its process is overdue: it may be dead', () => {
    const run = runRequests()
      .announce(100 * S, open({ span: '2', ageMs: 1 * S }))
      .announce(108 * S, open({ ageMs: 55 * S }))
    expect(run.at(129 * S).story).toEqual([])
    expect(run.at(138 * S).counters.open).toMatchObject({ instancesLost: 1 })
    expect(run.story).toEqual([])
  })

  it('is told of when it is heard of again, or lost', () => {
    const run = runRequests()
      .announce(100 * S, open({ span: '2', ageMs: 1 * S }), open({ span: '3', ageMs: 40 * S }))
      .announce(108 * S, open({ ageMs: 55 * S }))
      .announce(118 * S, open({ ageMs: 65 * S }))
    expect(run.story).toEqual(['nothing>open'])
    beat(run, open({ ageMs: 75 * S }), 128 * S, 138 * S)
    expect(run.open.get('3')).toMatchObject({ evidence: 'lost', startNano: 60e9 })
  })
})

describe('a silence of ours', () => {
  it('makes nothing a hang before it is heard of again', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S }), open({ span: '2' }))
    run.stage.restartLeases(170 * S)
    expect(run.at(171 * S).story).toEqual([])
    run.announce(172 * S, open({ ageMs: 77 * S }), open({ span: '2', state: 'ended' }))
    expect(run.at(173 * S).story).toEqual(['nothing>ok', 'nothing>open'])
  })

  it('gives those without a lease 30 s to end', () => {
    const run = runRequests().announce(100 * S, open({ startMs: 95 * S, heartbeatMs: 0 }))
    run.stage.restartLeases(170 * S)
    expect(run.at(200 * S - 1).story).toEqual([])
    expect(run.at(200 * S).story).toEqual(['nothing>open'])
  })

  it('takes nothing back', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 65 * S }))
    run.stage.restartLeases(170 * S)
    expect(run.at(171 * S).story).toEqual(['nothing>open'])
  })
})

describe('a lease that ends', () => {
  it('while its process speaks means that the span is lost; it keeps ageing', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S }))
    beat(run, open({ span: '2', ageMs: 1 * S }), 100 * S, 150 * S)
    expect(run.counters.open.open).toMatchObject({ announced: 2, lost: 1 })
    expect(run.story).toEqual([])
    beat(run, open({ span: '2', ageMs: 51 * S }), 155 * S, 155 * S)
    expect(run.open.get('1')).toMatchObject({ evidence: 'lost', lostNano: 130e9, startNano: 95e9 })
  })

  it('after it was told of is told', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 70 * S }))
    beat(run, open({ span: '2', ageMs: 1 * S }), 100 * S, 140 * S)
    expect(run.story).toEqual(['nothing>open', 'open>lost'])
  })

  it('is mended by another heartbeat', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 70 * S }))
    beat(run, open({ span: '2', ageMs: 1 * S }), 100 * S, 140 * S)
    run.announce(141 * S, open({ ageMs: 111 * S }))
    expect(run.story).toEqual(['nothing>open', 'open>lost', 'lost>open'])
    expect(run.counters.open.open.lost).toBe(0)
  })

  it('with all others of its process means that this died: no hangs', () => {
    const run = runRequests()
    for (let span = 1; span <= 200; span += 1) {
      run.announce(100 * S + span * 45, open({ span: span.toString(16), ageMs: 55 * S }))
    }
    run.at(600 * S)
    expect(run.open.size).toBe(0)
    expect(run.counters.open).toMatchObject({
      instancesLost: 1,
      spansOfLostInstances: 200,
      open: { announced: 0, lost: 0 },
    })
    expect(run.notices).toEqual([
      { kind: 'instance_lost', service: 'proxy', instance: 'i', spans: 200 },
    ])
  })

  it('keeps a span from hanging while it is too early to tell', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 25 * S }))
      .announce(106 * S, open({ span: '2', ageMs: 1 * S }))
    expect(run.at(135 * S).story).toEqual([])
    expect(run.at(136 * S).counters.open).toMatchObject({ instancesLost: 1 })
    expect(run.story).toEqual([])
  })

  it('is that of the longest heartbeat that its process promised', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 1 * S, heartbeatMs: 20 * S }))
      .announce(101 * S, open({ span: '2', ageMs: 1 * S, heartbeatMs: 1 * S }))
    expect(run.at(159 * S).counters.open).toMatchObject({ instancesLost: 0, open: { lost: 0 } })
    expect(run.at(162 * S).counters.open).toMatchObject({ instancesLost: 1 })
  })

  it('is no longer than `max_open_age`', () => {
    const run = runRequests({ maxOpenAgeMs: 100 * S }).announce(
      100 * S,
      open({ ageMs: 50 * S, heartbeatMs: 1e15 }),
    )
    run.at(200 * S)
    expect(run.counters.open).toMatchObject({ leaked: 1, open: { announced: 0 } })
  })

  it('is judged by instance, and by service where there is none', () => {
    const run = runRequests().announce(
      100 * S,
      open({ ageMs: 5 * S, instance: '' }),
      open({ span: '2', ageMs: 5 * S, instance: 'other' }),
    )
    beat(run, open({ span: '3', ageMs: 1 * S, instance: '' }), 100 * S, 140 * S)
    expect(run.counters.open).toMatchObject({ instancesLost: 1, open: { lost: 1 } })
  })

  it('never comes for forms without one', () => {
    const run = runRequests().announce(100 * S, open({ startMs: 99 * S, heartbeatMs: 0 }))
    expect(run.at(1000 * S).story).toEqual(['nothing>open'])
  })

  it('starts anew when the silence was ours', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S }))
    run.at(125 * S)
    run.stage.restartLeases(125 * S)
    expect(run.at(154 * S).counters.open.open.announced).toBe(1)
    run.announce(154 * S, open({ ageMs: 59 * S }))
    expect(run.at(156 * S).story).toEqual(['nothing>open'])
  })

  it('stays ended where the span was lost before our silence', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 5 * S }))
    beat(run, open({ span: '2', ageMs: 1 * S }), 100 * S, 140 * S)
    run.stage.restartLeases(141 * S)
    expect(run.at(160 * S).open.get('1')).toMatchObject({ evidence: 'lost', lostNano: 130e9 })
  })

  it('a new boot of the same instance ends the spans of the old one', () => {
    const run = runRequests()
      .announce(
        100 * S,
        open({ ageMs: 70 * S, boot: 'b1' }),
        open({ span: '2', instance: 'j', boot: 'c' }),
      )
      .announce(101 * S, open({ span: '3', ageMs: 1 * S, boot: 'b2' }))
    expect(run.story).toEqual(['nothing>open', 'open>nothing'])
    expect(run.counters.open.open.announced).toBe(2)
  })

  it('a late word of a boot that was replaced does not end its successor', () => {
    const run = runRequests()
      .announce(100 * S, open({ boot: 'b1' }))
      .announce(101 * S, open({ span: '2', boot: 'b2' }), open({ span: '3', boot: 'b2' }))
    run.restart()
    run.announce(102 * S, open({ span: '4', boot: 'b1' }))
    expect(run.stage.open.state.table.size).toBe(3)
  })

  it('two boots of one instance that take turns live side by side', () => {
    const run = runRequests()
    const worker = (boot: string, ageMs: number) => open({ span: boot, ageMs, boot })
    for (const [at, ageMs] of [10 * S, 20 * S, 30 * S, 40 * S, 50 * S, 60 * S, 70 * S].entries()) {
      run.announce(100 * S + at * 10 * S, worker('1', ageMs))
      run.announce(105 * S + at * 10 * S, worker('2', ageMs))
    }
    expect(run.story).toEqual(['nothing>open', 'nothing>open'])
    run.announce(170 * S, { ...worker('2', 0), state: 'gone' }, open({ span: '3', boot: '2' }))
    expect(run.counters.open.open.announced).toBe(2)
  })

  it('a process that gives no boot id replaces nobody, and is replaced', () => {
    const run = runRequests()
      .announce(100 * S, open({ boot: 'b1' }), open({ span: '2', boot: 'b1' }))
      .announce(101 * S, open({ span: '3', boot: '' }))
    expect(run.counters.open.open.announced).toBe(3)
    run.announce(102 * S, open({ span: '4', boot: 'b2' }))
    expect(run.counters.open.open.announced).toBe(1)
  })
})

describe('a candidate', () => {
  it('inside an older open span of its trace and process is an attempt', () => {
    const run = runRequests().announce(
      100 * S,
      open({ ageMs: 70 * S }),
      open({ span: '2', parent: '9', ageMs: 69 * S, outermost: false }),
    )
    expect(run.at(101 * S).story).toEqual(['nothing>open'])
  })

  it('is taken back when an older one is announced after it', () => {
    const run = runRequests()
      .announce(100 * S, open({ span: '2', ageMs: 69 * S, outermost: false }))
      .announce(101 * S, open({ ageMs: 71 * S, outermost: false }))
    expect(run.story).toEqual(['nothing>open', 'open>nothing', 'nothing>open'])
  })

  it('older than one announced after it counts by itself', () => {
    const run = runRequests()
      .announce(100 * S, open({ span: '2', ageMs: 69 * S, outermost: false }))
      .announce(101 * S, open({ ageMs: 65 * S, outermost: false }))
    expect(run.at(102 * S).story).toEqual(['nothing>open'])
  })

  it.each([
    ['another trace', { trace: 'b2' }],
    ['another process', { instance: 'j' }],
  ])('of %s counts by itself', (_, other) => {
    const run = runRequests().announce(
      100 * S,
      open({ ageMs: 80 * S }),
      open({ span: '2', ageMs: 70 * S, outermost: false, ...other }),
    )
    expect(run.story).toEqual(['nothing>open', 'nothing>open'])
  })
})

describe('max_open_age', () => {
  it('makes a span leaked: no longer counted, still known', () => {
    const run = runRequests({ maxOpenAgeMs: 100 * S }).announce(100 * S, open({ ageMs: 5 * S }))
    beat(run, open({ ageMs: 15 * S }), 110 * S, 200 * S)
    expect(run.story).toEqual(['nothing>open', 'open>nothing'])
    expect(run.counters.open).toMatchObject({ leaked: 1, open: { announced: 1, leaked: 1 } })
    run.at(260 * S)
    expect(run.counters.open).toMatchObject({ leaked: 1, open: { announced: 0, leaked: 0 } })
  })

  it('says nothing of one that rules never heard of', () => {
    const run = runRequests({ maxOpenAgeMs: 50 * S }).announce(100 * S, open({ ageMs: 45 * S }))
    expect(run.at(106 * S).story).toEqual([])
    expect(run.counters.open.leaked).toBe(1)
  })

  it('ends the watch of one without lease', () => {
    const run = runRequests({ maxOpenAgeMs: 100 * S })
      .announce(100 * S, open({ startMs: 99 * S, heartbeatMs: 0 }))
      .at(200 * S)
    expect(run.story).toEqual(['nothing>open', 'open>nothing'])
    expect(run.counters.open).toMatchObject({ leaked: 1, open: { announced: 0, leaked: 0 } })
  })

  it('an age beyond it is absurd from the start', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 3_600_001 }))
    expect(run.counters.open).toMatchObject({ faults: { absurd_age: 1 }, open: { announced: 0 } })
  })

  it('leaked ones of a trace do not hinder what ends later', () => {
    const run = runRequests({ maxOpenAgeMs: 70 * S }).announce(100 * S, open({ ageMs: 69 * S }))
    run.at(101 * S)
    run.at(110 * S, ended())
    expect(run.story).toEqual(['nothing>open', 'open>nothing', 'nothing>ok'])
  })
})

describe('bounds', () => {
  it('in all, per service and per trace; what is kept is not touched', () => {
    const all = runRequests({ maxOpen: 1 }).announce(100 * S, open(), open({ span: '2' }))
    expect(all.counters.open).toMatchObject({ faults: { full: 1 }, open: { announced: 1 } })
    const service = runRequests({ maxOpenPerService: 1 }).announce(
      100 * S,
      open(),
      open({ span: '2' }),
      open({ span: '3', service: 'other' }),
    )
    expect(service.counters.open).toMatchObject({
      faults: { service_full: 1 },
      open: { announced: 2 },
    })
    const rows = Array.from({ length: 1500 }, (_, at) => open({ span: (at + 1).toString(16) }))
    const trace = runRequests().announce(100 * S, ...rows, open({ trace: 'b2' }))
    expect(trace.counters.open).toMatchObject({
      faults: { trace_full: 500 },
      open: { announced: 1001 },
    })
  })

  it('give room again when spans end', () => {
    const run = runRequests({ maxOpenPerService: 1 })
      .announce(100 * S, open())
      .announce(101 * S, open({ state: 'gone' }))
      .announce(102 * S, open({ span: '2' }))
    expect(run.counters.open).toMatchObject({ faults: { service_full: 0 }, open: { announced: 1 } })
  })

  it('hold for many: 5,000 spans come, beat, end', () => {
    const run = runRequests()
    const rows = (ageMs: number, state: PlainOpen['state'] = 'open') =>
      Array.from({ length: 5000 }, (_, at) =>
        open({
          trace: (at + 1).toString(16),
          span: (at + 1).toString(16),
          ageMs: ageMs + at,
          state,
        }),
      )
    run.announce(100 * S, ...rows(5 * S)).announce(110 * S, ...rows(15 * S))
    run.announce(140 * S, ...rows(45 * S))
    expect(run.at(150 * S + 1).open.size).toBe(1)
    run.announce(157 * S, ...rows(62 * S, 'ended'))
    expect(run.counters.open.open.announced).toBe(0)
    expect(run.stage.open.nextDueMs()).toBeUndefined()
  })
})

describe('after a restart', () => {
  it('lost and leaked spans are what they were', () => {
    const run = runRequests({ maxOpenAgeMs: 100 * S }).announce(
      100 * S,
      open({ ageMs: 90 * S }),
      open({ span: '2', ageMs: 5 * S }),
    )
    beat(run, open({ span: '3', ageMs: 1 * S }), 100 * S, 115 * S)
    beat(run, open({ span: '3', ageMs: 16 * S }), 115 * S, 125 * S)
    beat(run, open({ span: '3', ageMs: 31 * S }), 130 * S, 135 * S)
    const before = { ...run.counters.open.open }
    expect(before).toMatchObject({ lost: 1 })
    run.restart()
    run.counters.open.open.announced -= before.announced
    run.counters.open.open.lost -= before.lost
    run.counters.open.open.leaked -= before.leaked
    expect(run.counters.open.open).toEqual(before)
    run.announce(136 * S, open({ span: '2', ageMs: 41 * S }))
    expect(run.counters.open.open.lost).toBe(before.lost - 1)
  })

  it('a leaked one is leaked', () => {
    const run = runRequests({ maxOpenAgeMs: 100 * S }).announce(100 * S, open({ ageMs: 90 * S }))
    run.announce(109 * S, open({ ageMs: 99 * S })).at(111 * S)
    expect(run.counters.open.open.leaked).toBe(1)
    run.restart()
    expect(run.counters.open.open.leaked).toBe(2)
    run.at(200 * S)
    expect(run.counters.open.open.leaked).toBe(1)
  })

  it('one whose span came and waits is still taken back when it is an attempt', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 70 * S, outermost: false }))
      .at(110 * S, ended({ role: 'candidate', parent: '9' }))
    run.restart()
    run.at(111 * S, ended({ span: '9' }))
    expect(run.story).toEqual(['nothing>open', 'open>nothing', 'nothing>ok'])
  })
})

describe('the first chunk', () => {
  it('that was announced is kept where the span does not tell it', () => {
    const run = runRequests()
      .announce(100 * S, open({ ageMs: 5 * S, firstChunkMs: 300 }))
      .at(110 * S, ended({ outcome: 'failed' }))
    expect(run.standing.get('1')?.firstChunkNano).toBe(300e6)
  })

  it('and progress may lie before the beginning of the engine', () => {
    const run = runRequests().announce(100 * S, open({ ageMs: 170 * S, progressAgeMs: 150 * S }))
    expect(run.open.get('1')).toMatchObject({ progressNano: -50e9, firstChunkNano: 0 })
  })

  it('and progress a nanosecond before that is not taken for none', () => {
    const rows = (progressAgeMs: number) => open({ ageMs: 170 * S, progressAgeMs })
    const run = runRequests().announce(100 * S, rows(100 * S + 1e-6))
    expect(run.open.get('1')).toMatchObject({ progressNano: -2 })
  })

  it('comes from the closing announcement, else from what was heard before', () => {
    const run = runRequests()
      .announce(
        100 * S,
        open({ ageMs: 5 * S, firstChunkMs: 300 }),
        open({ span: '2', ageMs: 5 * S }),
      )
      .announce(
        101 * S,
        open({ state: 'ended' }),
        open({ span: '2', state: 'ended', firstChunkMs: 7 }),
      )
    expect(run.standing.get('1')?.firstChunkNano).toBe(300e6)
    expect(run.standing.get('2')?.firstChunkNano).toBe(7e6)
  })
})
