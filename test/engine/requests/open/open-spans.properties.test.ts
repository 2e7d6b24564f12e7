import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../../src/model/outcome.ts'
import { type RequestsRun, runRequests } from '../../../helpers/requests-run.ts'

const START = 1_000_000
/** Ids are remembered for all the time: what is said of a span after that is another story. */
const OPTIONS = {
  slowNano: 20e9,
  maxOpenAgeMs: 300_000,
  rememberMs: 1e9,
  rememberOkMs: 1e9,
}

/** What happens to one of a few spans, some time after what happened before. */
interface Step {
  readonly span: number
  readonly pauseMs: number
  readonly what: 'beat' | 'progress' | 'closed' | 'gone' | 'ended' | 'restart'
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    span: fc.integer({ min: 1, max: 4 }),
    pauseMs: fc.constantFrom(0, 1, 900, 5_000, 9_999, 31_000),
    what: fc.constantFrom('beat', 'beat', 'progress', 'closed', 'gone', 'ended', 'restart'),
  }),
  { minLength: 1, maxLength: 25 },
)

/** Even spans fail, odd ones are good, by whatever way their end is known. */
const outcomeOf = (span: number): Outcome => (span % 2 === 0 ? 'failed' : 'ok')

function take(run: RequestsRun, { span, what }: Step, nowMs: number): void {
  const ids = { trace: 'a1', span: span.toString(16) }
  const ageMs = nowMs - START + span
  const outcome = outcomeOf(span)
  if (what === 'ended') {
    run.at(nowMs, { role: 'request', ...ids, endMs: nowMs, durationMs: ageMs, outcome })
  } else {
    const state = what === 'closed' ? 'ended' : what === 'gone' ? 'gone' : 'open'
    const progress = what === 'progress' ? { progressAgeMs: 10 } : {}
    run.announce(nowMs, {
      ...ids,
      ageMs,
      state,
      outcome,
      boot: `b${span % 2}`,
      instance: `i${span % 2}`,
      ...progress,
    })
  }
}

function play(all: readonly Step[], restarts: boolean): RequestsRun {
  const run = runRequests(OPTIONS)
  let nowMs = START
  for (const step of all) {
    nowMs += step.pauseMs
    if (step.what !== 'restart') take(run, step, nowMs)
    else if (restarts) run.at(nowMs).restart()
    else run.at(nowMs)
  }
  return run.at(nowMs + 1_000_000)
}

describe('open spans, whatever happens in whatever order', () => {
  it('count each request once, by whichever way its end was first known', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = play(all, true)
        const known = new Set<number>()
        const heard = new Set<number>()
        for (const { span, what } of all) {
          if (what === 'ended' || (what === 'closed' && heard.has(span))) known.add(span)
          if (what === 'beat' || what === 'progress') heard.add(span)
        }
        for (const request of run.standing.values()) {
          const span = Number.parseInt(request.spanId, 16)
          expect(request.outcome).toBe(outcomeOf(span))
          expect(known.has(span)).toBe(true)
        }
        for (const { span, what } of all) {
          if (what === 'ended') expect(run.standing.has(span.toString(16))).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('leave nothing behind', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = play(all, false)
        expect(run.counters.open.open).toEqual({ announced: 0, lost: 0, leaked: 0, inferred: 0 })
        expect(run.open.size).toBe(0)
        expect(run.stage.open.nextDueMs()).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('go on from a snapshot as if nothing had been', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const live = play(all, false)
        const restarted = play(all, true)
        expect(restarted.story).toEqual(live.story)
        expect(restarted.standing).toEqual(live.standing)
      }),
      { numRuns: 1000 },
    )
  })
})
