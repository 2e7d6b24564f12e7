import { describe, expect, it } from 'vitest'
import { type RequestsRun, runRequests } from '../../helpers/requests-run.ts'

const S = 1000
/** When the stage has learned that children tell of requests. */
const T = 1000 * S

const CHILD = { trace: 'a1', span: 'c', parent: '1', endMs: T }
const OPEN = { trace: 'a1', span: '1' }

function taught(): RequestsRun {
  const run = runRequests({ inferOpen: true })
  for (let at = 0; at < 50; at += 1) {
    const trace = `b${at}`
    run.at(T, { role: 'request', trace, span: 'd', endMs: T })
    run.children(T, { trace, span: 'e', parent: 'd', endMs: T })
  }
  run.story.length = 0
  return run
}

describe('an announcement of a request that children tell of', () => {
  it('that came first keeps it from being inferred', () => {
    const run = taught()
      .children(T, CHILD)
      .announce(T, { ...OPEN, ageMs: 5 * S, heartbeatMs: 0 })
    expect(run.at(T + 60 * S).story).toEqual(['nothing>open'])
    expect(run.counters.open).toMatchObject({ inferred: 0, open: { announced: 1, inferred: 0 } })
  })

  it('that comes later is better evidence: the same request, told anew', () => {
    const run = taught().children(T, { ...CHILD, durationMs: 2 * S })
    expect(run.at(T + 60 * S).open.get('1')).toMatchObject({
      evidence: 'inferred',
      startNano: (T - 2 * S) * 1e6,
    })
    run.announce(T + 61 * S, { ...OPEN, ageMs: 70 * S })
    expect(run.story).toEqual(['nothing>inferred', 'inferred>open'])
    expect(run.open.get('1')).toMatchObject({
      evidence: 'announced',
      startNano: (T - 9 * S) * 1e6,
    })
    expect(run.counters.open).toMatchObject({
      inferred: 1,
      inferredWrongly: 0,
      open: { announced: 1, inferred: 0 },
    })
  })

  it('leaves it one request when its span comes', () => {
    const run = taught()
      .children(T, CHILD)
      .announce(T + 61 * S, { ...OPEN, ageMs: 70 * S })
    run.at(T + 65 * S, { role: 'request', ...OPEN, endMs: T + 65 * S, durationMs: 74 * S })
    expect(run.story).toEqual(['nothing>inferred', 'inferred>open', 'open>ok'])
    expect(run.counters.open).toMatchObject({ inferredWrongly: 0, open: { announced: 0 } })
  })
})

describe('a request that was inferred to be open', () => {
  const span = { role: 'request', ...OPEN, endMs: T + 70 * S } as const

  it('was one, when its span comes and was as slow', () => {
    const run = taught().children(T, CHILD)
    run.at(T + 70 * S, { ...span, durationMs: 71 * S, outcome: 'failed' })
    expect(run.story).toEqual(['nothing>inferred', 'inferred>failed'])
    expect(run.counters.open).toMatchObject({ inferred: 1, inferredWrongly: 0 })
  })

  it.each([
    ['ended in time', { ...span, durationMs: 1 * S }, 'ok'],
    ['matches nothing', { ...span, role: 'end' }, 'nothing'],
  ] as const)('was none, when its span comes and %s', (_, row, what) => {
    const run = taught().children(T, CHILD)
    run.at(T + 70 * S, row)
    expect(run.story).toEqual(['nothing>inferred', `inferred>${what}`])
    expect(run.counters.open).toMatchObject({ inferred: 1, inferredWrongly: 1 })
  })

  it('stays one over a restart, and so does what was learned', () => {
    const run = taught()
      .children(T, CHILD)
      .at(T + 60 * S)
    run.restart()
    run.children(T + 61 * S, { ...CHILD, trace: 'a2', endMs: T + 61 * S }).at(T + 121 * S)
    expect(run.counters.open.open.inferred).toBe(2)
    run.at(T + 122 * S, { ...span, durationMs: 71 * S })
    expect(run.story).toEqual(['nothing>inferred', 'nothing>inferred', 'inferred>ok'])
  })

  it('is none that waited when the silence was ours', () => {
    const run = taught()
      .children(T, CHILD)
      .at(T + 30 * S)
    run.stage.restartLeases(T + 30 * S)
    expect(run.at(T + 600 * S).story).toEqual([])
  })
})
