import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Rules } from '../../../src/engine/rules/contract.ts'
import { createRules } from '../../../src/engine/rules/rules.ts'
import type { AlertChange } from '../../../src/model/alert.ts'
import type { RulesCounters } from '../../../src/model/engine.ts'
import type { RulesOptions } from '../../../src/model/rule.ts'
import { EPOCH_MS } from './decided.ts'
import type { Entry } from './model.ts'
import { runModel, seen } from './model.ts'
import { apply, run, type Scenario, scenarioArbitrary, UNTIL_MS } from './scenario.ts'

/** Fewer slots than groups, so that some share `(other)`. */
const crowded = (options: RulesOptions): RulesOptions => ({ ...options, maxGroups: 2 })

describe('rules, against a model that recomputes everything at every ms', () => {
  it('fire and resolve at the same times, with the same numbers', () => {
    fc.assert(
      fc.property(scenarioArbitrary(1), ({ options, entries }) => {
        const expected = runModel(options, options.rules[0]!, EPOCH_MS, entries, UNTIL_MS)
        const { changes, counters } = run({ options, entries })
        expect(changes.map(seen)).toEqual(expected.changes)
        expect(counters).toMatchObject(expected.counters)
      }),
      { numRuns: 500 },
    )
  })
})

describe('rules, whatever the host does', () => {
  it('give the same when time passes in many steps', () => {
    fc.assert(
      fc.property(
        scenarioArbitrary(2),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        ({ options, entries }, steps) => {
          const rules = createRules(crowded(options), EPOCH_MS)
          const changes: AlertChange[] = []
          let nowMs = EPOCH_MS + 90
          let step = 0
          const passUntil = (untilMs: number) => {
            for (; nowMs < untilMs; nowMs += steps[step++ % steps.length]!) {
              changes.push(...rules.advanceTo(nowMs))
            }
            nowMs = untilMs
          }
          for (const entry of entries) {
            passUntil(entry.atMs)
            changes.push(...apply(rules, entry))
          }
          passUntil(UNTIL_MS)
          changes.push(...rules.advanceTo(UNTIL_MS))
          const { counters } = rules
          expect({ changes, counters }).toEqual(run({ options: crowded(options), entries }))
        },
      ),
    )
  })

  it('wake the host at the time of every change', () => {
    fc.assert(
      fc.property(scenarioArbitrary(2), ({ options, entries }) => {
        const rules = createRules(options, EPOCH_MS)
        const changes: AlertChange[] = []
        const sleepUntil = (untilMs: number) => {
          for (let wakeMs = rules.nextWakeMs(); wakeMs !== undefined && wakeMs <= untilMs;) {
            for (const change of rules.advanceTo(wakeMs)) {
              expect(timeOf(change)).toBe(wakeMs)
              changes.push(change)
            }
            const nextMs = rules.nextWakeMs()
            expect(nextMs ?? Infinity).toBeGreaterThan(wakeMs)
            wakeMs = nextMs
          }
        }
        for (const entry of entries) {
          sleepUntil(entry.atMs)
          changes.push(...apply(rules, entry))
        }
        sleepUntil(UNTIL_MS)
        expect({ changes, counters: rules.counters }).toEqual(run({ options, entries }))
      }),
    )
  })

  it('go on from a snapshot at any place as if nothing had been', () => {
    fc.assert(
      fc.property(scenarioArbitrary(2), fc.nat(13), ({ options, entries }, place) => {
        const cut = Math.min(place, entries.length)
        const live = createRules(crowded(options), EPOCH_MS)
        applyAll(live, entries.slice(0, cut))
        const past = structuredClone(live.counters)
        const text = JSON.stringify(live.snapshot())
        const restored = createRules(crowded(options), EPOCH_MS, JSON.parse(text))
        expect(restored.warming).toEqual([])
        expect(restored.status(UNTIL_MS)).toEqual(live.status(UNTIL_MS))
        expect(restored.nextWakeMs()).toBe(live.nextWakeMs())
        expect(JSON.stringify(restored.snapshot())).toBe(text)
        const rest = entries.slice(cut)
        expect([...applyAll(restored, rest), ...restored.advanceTo(UNTIL_MS)]).toEqual([
          ...applyAll(live, rest),
          ...live.advanceTo(UNTIL_MS),
        ])
        expect(restored.snapshot()).toEqual(live.snapshot())
        expect(sumOf(past, restored.counters)).toEqual(live.counters)
      }),
    )
  })

  it('do not care for the order within an entry', () => {
    fc.assert(
      fc.property(scenarioArbitrary(2), fc.infiniteStream(fc.nat()), (scenario, random) => {
        const entries = scenario.entries.map(({ atMs, observations }) => {
          const keyed = observations.map((one) => ({ one, key: random.next().value! }))
          return { atMs, observations: keyed.sort((a, b) => a.key - b.key).map(({ one }) => one) }
        })
        expect(run({ ...scenario, entries })).toEqual(run(scenario))
      }),
    )
  })

  it('leave nothing open, and remember nothing, long after the last request', () => {
    fc.assert(
      fc.property(scenarioArbitrary(2), ({ options, entries, leftOpen }: Scenario) => {
        const rules = createRules(options, EPOCH_MS)
        const observations = leftOpen.map((before) => ({ before }))
        const last = { atMs: UNTIL_MS, observations }
        const changes = applyAll(rules, [...entries, last])
        changes.push(...rules.advanceTo(EPOCH_MS + 5000))
        const open = new Set<string>()
        for (const { kind, episode } of changes) {
          expect(open.has(episode.dedupKey)).toBe(kind === 'resolved')
          if (kind === 'firing') open.add(episode.dedupKey)
          else open.delete(episode.dedupKey)
        }
        expect([...open]).toEqual([])
        expect(rules.status(EPOCH_MS + 5000)).toEqual([])
        expect(rules.nextWakeMs()).toBeUndefined()
      }),
    )
  })
})

function applyAll(rules: Rules, entries: readonly Entry[]): AlertChange[] {
  return entries.flatMap((entry) => apply(rules, entry))
}

/** Counters are of one process: a snapshot does not carry them. */
function sumOf(a: RulesCounters, b: RulesCounters): RulesCounters {
  const sum = (one: RulesCounters['hangs'], two: RulesCounters['hangs']) => ({
    announced: one.announced + two.announced,
    lost: one.lost + two.lost,
    ended: one.ended + two.ended,
    inferred: one.inferred + two.inferred,
  })
  return {
    hangs: sum(a.hangs, b.hangs),
    hangsWithdrawn: sum(a.hangsWithdrawn, b.hangsWithdrawn),
    overflowed: a.overflowed + b.overflowed,
    givenUp: a.givenUp + b.givenUp,
  }
}

function timeOf(change: AlertChange): number {
  return change.kind === 'firing' ? change.episode.firedAtMs : change.resolvedAtMs
}
