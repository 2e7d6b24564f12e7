import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlainChild } from '../../../helpers/children.ts'
import { type OrphansRun, runOrphans, teach } from './orphans-run.ts'

/** Everything happens at multiples of this, so that limits are met exactly, too. */
const STEP_MS = 5000
const WAIT_MS = 60_000
const MAX_AGE_MS = 200_000
const REMEMBERED_MS = 60_000
const FROM_MS = 2_000_000
const STEPS = 80
const PARENTS = 4
/** Durations of children, by their number. */
const AGES_MS = [0, 0, 1, STEP_MS, 100_000, 190_000]

const OPTIONS = { slowNano: WAIT_MS * 1e6, maxOpenAgeMs: MAX_AGE_MS }

/** `auth` is trusted, with so many examples that a few bad ones change nothing. */
const TAUGHT = (() => {
  const run = teach(runOrphans(OPTIONS), FROM_MS - 100_000, { traces: 900 })
  run.stage.heard([{ service: 'proxy', instance: 'one' }], FROM_MS - STEP_MS)
  return run.stage.snapshot()
})()

type Happening =
  | { readonly kind: 'child'; readonly parent: number; readonly id: number }
  | { readonly kind: 'end'; readonly parent: number; readonly isRequest: boolean }

/** What happens at each step; two parents share a trace. */
type Story = readonly (readonly Happening[])[]

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('child' as const),
      parent: fc.nat(PARENTS - 1),
      id: fc.nat(AGES_MS.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      parent: fc.nat(PARENTS - 1),
      isRequest: fc.boolean(),
    }),
  },
)

const story: fc.Arbitrary<Story> = fc
  .array(fc.tuple(fc.nat(STEPS - 1), happening), { maxLength: 25 })
  .map((list) =>
    Array.from({ length: STEPS }, (_, step) =>
      list.filter(([at]) => at === step).map(([, what]) => what),
    ),
  )

const traceOf = (parent: number): string => (parent < 2 ? 'a' : `b${parent}`)
const spanOf = (parent: number): string => `${parent + 1}`
const keyOf = (parent: number): string => `${traceOf(parent)}.${spanOf(parent)}`

interface Telling {
  /** Before which steps the stage is replaced by one made of its snapshot. */
  readonly restarts?: ReadonlySet<number>
  /** Lets time pass millisecond by millisecond at the limits, not only step by step. */
  readonly fine?: boolean
  readonly endsFirst?: boolean
  /** From this step on another instance speaks in place of the one whose children are open. */
  readonly replacedAt?: number
  readonly reversed?: boolean
}

function tell(happenings: Story, telling: Telling = {}): OrphansRun {
  const run = runOrphans(OPTIONS, TAUGHT)
  for (const [step, whats] of happenings.entries()) {
    const nowMs = FROM_MS + step * STEP_MS
    if (telling.restarts?.has(step) === true) run.restart()
    if (telling.fine === true) {
      for (const ms of [nowMs - STEP_MS / 2, nowMs - 1, nowMs]) run.until(ms)
    }
    const children = whats.flatMap((what): PlainChild[] =>
      what.kind === 'end'
        ? []
        : [
            {
              trace: traceOf(what.parent),
              span: `${what.parent + 1}c${what.id}`,
              parent: spanOf(what.parent),
              endMs: nowMs,
              durationMs: AGES_MS[what.id]!,
            },
          ],
    )
    // Another trace, so that the instance is never silent.
    const instance = step < (telling.replacedAt ?? Infinity) ? 'one' : 'two'
    const life = { trace: 'ffff', span: `${step}`, parent: 'f', endMs: nowMs, name: 'other' }
    children.push({ ...life, instance })
    const ends = whats.flatMap((what) =>
      what.kind === 'child'
        ? []
        : [
            {
              trace: traceOf(what.parent),
              span: spanOf(what.parent),
              isRequest: what.isRequest,
              durationMs: WAIT_MS,
            },
          ],
    )
    const rows = telling.reversed === true ? children.toReversed() : children
    if (telling.endsFirst === true) run.ended(nowMs, ...ends)
    run.children(nowMs, ...rows)
    if (telling.endsFirst !== true) run.ended(nowMs, ...ends)
  }
  return run.until(FROM_MS + STEPS * STEP_MS + MAX_AGE_MS)
}

/** What is known of a parent since it ended last. */
interface Known {
  inferred: boolean
  /** Arrival of the newest child; Infinity = it is waited for no more. */
  newestMs: number
  startMs: number
  readonly ids: Set<number>
}

const nothing = (): Known => ({
  inferred: false,
  newestMs: Infinity,
  startMs: Infinity,
  ids: new Set(),
})

/** Inferences and their ends as a reader of the whole story sees them, one parent at a time. */
function read(happenings: Story, parent: number): string[] {
  const lines: string[] = []
  let endedMs = -Infinity
  let known = nothing()
  const letPass = (nowMs: number): void => {
    const dueMs = known.newestMs + WAIT_MS
    const leakMs = known.startMs + MAX_AGE_MS
    if (!known.inferred && dueMs <= nowMs) {
      known.newestMs = Infinity
      known.inferred = dueMs < leakMs
      if (known.inferred) lines.push(`${dueMs} +${keyOf(parent)}`)
    }
    if (known.inferred && leakMs <= nowMs) {
      lines.push(`${leakMs} -${keyOf(parent)}`)
      known.inferred = false
    }
  }
  for (const [step, whats] of happenings.entries()) {
    const nowMs = FROM_MS + step * STEP_MS
    letPass(nowMs)
    if (nowMs - endedMs <= REMEMBERED_MS) continue
    const mine = whats.filter((what) => what.parent === parent)
    for (const what of mine) {
      if (what.kind === 'end' || known.ids.has(what.id)) continue
      known.ids.add(what.id)
      if (known.inferred) continue
      known.newestMs = nowMs
      known.startMs = Math.min(known.startMs, nowMs - AGES_MS[what.id]!)
    }
    if (!mine.some(({ kind }) => kind === 'end')) continue
    if (known.inferred) lines.push(`${nowMs} -${keyOf(parent)}`)
    endedMs = nowMs
    known = nothing()
  }
  letPass(FROM_MS + STEPS * STEP_MS + MAX_AGE_MS)
  return lines
}

/** What is learned, by name. */
const learned = (run: OrphansRun): unknown => Object.fromEntries(run.stage.snapshot().kinds)

const sorted = ({ story: lines }: OrphansRun): string[] => [...lines].sort()

describe('inference of open requests', () => {
  it('agrees with a reader of the whole story, whatever comes in which order', () => {
    fc.assert(
      fc.property(story, fc.boolean(), fc.boolean(), (happenings, endsFirst, reversed) => {
        const run = tell(happenings, { endsFirst, reversed })
        const expected = Array.from({ length: PARENTS }, (_, parent) => read(happenings, parent))
        expect(sorted(run)).toEqual(expected.flat().sort())
        expect(run.standing.size).toBe(0)
        expect(run.counters.open.inferred).toBe(0)
        expect(run.counters.inferred).toBe(run.story.filter((line) => line.includes('+')).length)
      }),
      { numRuns: 1000 },
    )
  })

  it('does not depend on the order within a batch, nor does what is learned', () => {
    fc.assert(
      fc.property(story, fc.boolean(), (happenings, endsFirst) => {
        const one = tell(happenings, { endsFirst })
        const other = tell(happenings, { endsFirst, reversed: true })
        expect(sorted(other)).toEqual(sorted(one))
        expect(other.counters).toEqual(one.counters)
        expect(learned(other)).toEqual(learned(one))
      }),
      { numRuns: 300 },
    )
  })

  it('goes on from snapshots as if nothing had been, and by small steps as by large ones', () => {
    const cuts = fc.array(fc.nat(STEPS - 1))
    const replaced = fc.option(fc.nat(STEPS - 1), { nil: STEPS })
    fc.assert(
      fc.property(story, cuts, fc.boolean(), replaced, (happenings, at, fine, replacedAt) => {
        const live = tell(happenings, { replacedAt })
        const other = tell(happenings, { replacedAt, restarts: new Set(at), fine })
        expect(other.story).toEqual(live.story)
        expect(other.counters).toEqual(live.counters)
        expect(other.stage.snapshot()).toEqual(live.stage.snapshot())
      }),
      { numRuns: 500 },
    )
  })
})
