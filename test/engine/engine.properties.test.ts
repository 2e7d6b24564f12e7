import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EngineSnapshot } from '../../src/engine/engine.ts'
import type { AlertChange } from '../../src/model/alert.ts'
import type { PlainRecord } from '../helpers/records.ts'
import { newEngine, type Step, take } from '../helpers/engine-run.ts'
import { tree } from './requests/trees.ts'

const START = 1_000_000

/** Some traces, each delivered in one to three batches, with pauses that let things fall due. */
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      spans: tree(1, 4),
      batches: fc.integer({ min: 1, max: 3 }),
      pauseMs: fc.constantFrom(0, 1, 400, 3000, 9_999, 10_000, 25_000, 70_000),
      lagMs: fc.constantFrom(0, 50, 6_000, 400_000),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((traces) => {
    let timeMs = START
    return traces.flatMap(({ spans, batches, pauseMs, lagMs }, trace) => {
      timeMs += pauseMs
      const rows = spans.map(({ record }): PlainRecord => ({
        ...record,
        trace: (trace + 1).toString(16),
        endMs: timeMs - lagMs - 100 + record.endMs,
      }))
      const size = Math.ceil(rows.length / batches)
      return Array.from({ length: Math.ceil(rows.length / size) }, (_, batch): Step => {
        timeMs += batch * 300
        return { timeMs, rows: rows.slice(batch * size, (batch + 1) * size) }
      })
    })
  })

const last = (all: readonly Step[]): number => all.at(-1)!.timeMs + 3_600_000

function run(all: readonly Step[]): AlertChange[] {
  const engine = newEngine(START)
  return [...all, { timeMs: last(all) }].flatMap((step) => take(engine, step))
}

describe('engine', () => {
  it('says the same however finely time is stepped', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 }),
        (all, gaps) => {
          const engine = newEngine(START)
          const fine: AlertChange[] = []
          let nowMs = START
          for (const step of [...all, { timeMs: last(all) }]) {
            for (const gap of gaps) {
              if (nowMs + gap >= step.timeMs) break
              nowMs += gap
              fine.push(...engine.advanceTo(nowMs))
            }
            for (let wake = engine.nextWakeMs(); wake !== undefined && wake < step.timeMs;) {
              fine.push(...engine.advanceTo(wake))
              const next = engine.nextWakeMs()
              if (next !== undefined && next <= wake) throw new Error(`woken again at ${wake}`)
              wake = next
            }
            fine.push(...take(engine, step))
            nowMs = step.timeMs
          }
          expect(fine).toEqual(run(all))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('goes on from a snapshot at any position as if nothing had been', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, cut) => {
        const at = cut % (all.length + 1)
        const before = newEngine(START)
        const changes = all.slice(0, at).flatMap((step) => take(before, step))
        const snapshot = JSON.parse(JSON.stringify(before.snapshot())) as EngineSnapshot
        const after = newEngine(START + 5, { hashSeed: 99 }, snapshot)
        changes.push(
          ...[...all.slice(at), { timeMs: last(all) }].flatMap((step) => take(after, step)),
        )
        expect(changes).toEqual(run(all))
      }),
      { numRuns: 300 },
    )
  })

  it('says nothing new when everything is sent twice', () => {
    fc.assert(
      fc.property(steps, (all) => {
        expect(run(all.flatMap((step) => [step, step]))).toEqual(run(all))
      }),
      { numRuns: 300 },
    )
  })

  it('fires for some and resolves all in the end', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(steps, (all) => {
        const changes = run(all)
        for (const { kind } of changes) kinds.add(kind)
        const open = new Set<string>()
        for (const { kind, episode } of changes) {
          expect(open.has(episode.dedupKey)).toBe(kind === 'resolved')
          if (kind === 'firing') open.add(episode.dedupKey)
          else open.delete(episode.dedupKey)
        }
        expect(open.size).toBe(0)
      }),
      { numRuns: 300 },
    )
    expect([...kinds].sort()).toEqual(['firing', 'resolved'])
  })
})
