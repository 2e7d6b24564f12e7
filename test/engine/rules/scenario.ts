import fc from 'fast-check'

import type { Rules } from '../../../src/engine/rules/contract.ts'
import { createRules } from '../../../src/engine/rules/rules.ts'
import type { AlertChange } from '../../../src/model/alert.ts'
import { OUTCOMES } from '../../../src/model/outcome.ts'
import type { DecidedRequest } from '../../../src/model/record.ts'
import type { RuleOptions, RulesOptions } from '../../../src/model/rule.ts'
import { decided, EPOCH_MS, rule, stage } from './decided.ts'
import type { Entry, Observation } from './model.ts'

/** Random rules and traffic on a scale of ms, for a model that works ms by ms. */
export interface Scenario {
  readonly options: RulesOptions
  readonly entries: readonly Entry[]
}

/** When every alert of a scenario has come to its end. */
export const UNTIL_MS = EPOCH_MS + 700

const MAX_AGE_MS = 40
const MAX_DURATION_MS = 20

const ruleArbitrary = (name: string): fc.Arbitrary<RuleOptions> =>
  fc
    .record({
      on: fc.constantFrom('failures' as const, 'hangs' as const),
      count: fc.integer({ min: 1, max: 4 }),
      threshold: fc.constantFrom('count', 'count', 'ratio', 'both'),
      ratio: fc.constantFrom(0.25, 0.5, 0.7, 1),
      minRequests: fc.integer({ min: 0, max: 4 }),
      windowMs: fc.integer({ min: 4, max: 30 }),
      forMs: fc.constantFrom(0, 0, 0, 2, 7),
      keepFiringForMs: fc.integer({ min: 0, max: 12 }),
      waitingNano: fc.constantFrom(100, 2_000_000, 4_500_000, 9_000_000),
      groupBy: fc.constantFrom<readonly number[]>([0], [0], [0, 1], []),
    })
    .map(({ threshold, count, ratio, ...fields }) => {
      const counts = fields.on === 'hangs' || threshold !== 'ratio'
      const compares = fields.on === 'failures' && threshold !== 'count'
      return rule({
        ...fields,
        name,
        count: counts ? count : undefined,
        ratio: compares ? ratio : undefined,
      })
    })

const requestArbitrary = fc.record({
  ageNano: fc.oneof(
    fc.integer({ min: 0, max: 3_000_000 }),
    fc.integer({ min: 0, max: MAX_AGE_MS }).map((ms) => ms * 1e6),
  ),
  durationNano: fc.oneof(
    fc.integer({ min: 0, max: MAX_DURATION_MS }).map((ms) => ms * 1e6),
    fc.constantFrom(100, 99, 4_500_000),
  ),
  firstChunk: fc.constantFrom(-1, -1, 0.5, 1),
  stream: fc.boolean(),
  outcome: fc.constantFrom(...OUTCOMES, 'ok' as const, 'failed' as const, 'failed' as const),
  group: fc.constantFrom<readonly (string | undefined)[]>(['a'], ['a'], ['b', 'x'], ['c'], []),
  late: fc.constantFrom(false, false, false, false, false, false, false, true),
  errorType: fc.constantFrom('Timeout', 'BadGateway'),
})

/** Times to revise with what; which earlier request is chosen modulo their number. */
const revisionArbitrary = fc.record({
  choice: fc.nat(1000),
  outcome: fc.constantFrom(...OUTCOMES),
  gone: fc.boolean(),
})

const entryArbitrary = fc.record({
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 60 }) },
  ),
  requests: fc.array(requestArbitrary, { maxLength: 5 }),
  revisions: fc.array(revisionArbitrary, { maxLength: 1 }),
})

export const scenarioArbitrary = (rules: number): fc.Arbitrary<Scenario> =>
  fc
    .record({
      rules: fc.tuple(...Array.from({ length: rules }, (_, at) => ruleArbitrary(`rule-${at}`))),
      hangingUntil: fc.constantFrom('first_chunk' as const, 'end' as const),
      noTrafficResolveAfterMs: fc.integer({ min: 5, max: 80 }),
      flapWindowMs: fc.constantFrom(0, 30, 100),
      maxIncidents: fc.integer({ min: 1, max: 3 }),
      entries: fc.array(entryArbitrary, { maxLength: 14 }),
    })
    .map(({ entries, rules: some, ...fields }) => ({
      options: stage(some, { ...fields, maxEventAgeMs: MAX_AGE_MS + MAX_DURATION_MS }),
      entries: build(entries),
    }))

type RandomEntry = typeof entryArbitrary extends fc.Arbitrary<infer T> ? T : never

function build(entries: readonly RandomEntry[]): Entry[] {
  const known = new Map<string, DecidedRequest>()
  let atMs = EPOCH_MS + 100
  return entries.map(({ afterMs, requests, revisions }) => {
    atMs += afterMs
    const observations: Observation[] = revisions.flatMap(({ choice, outcome, gone }) => {
      const recent = [...known.values()].filter(
        (one) => one.endNano >= (atMs - EPOCH_MS - MAX_AGE_MS) * 1e6,
      )
      const before = recent[choice % Math.max(1, recent.length)]
      if (before === undefined) return []
      known.delete(before.spanId)
      if (gone) return [{ before }]
      const after = { ...before, outcome, firstChunkNano: before.durationNano }
      known.set(after.spanId, after)
      return [{ before, after }]
    })
    for (const { ageNano, firstChunk, errorType, durationNano, ...fields } of requests) {
      const after = decided(0, {
        ...fields,
        durationNano,
        endNano: (atMs - EPOCH_MS) * 1e6 - ageNano,
        firstChunkNano: firstChunk < 0 ? -1 : Math.floor(durationNano * firstChunk),
        facts: { errorType },
      })
      known.set(after.spanId, after)
      observations.push({ after })
    }
    return { atMs, observations }
  })
}

/** Applies one entry. */
export function apply(rules: Rules, entry: Entry): AlertChange[] {
  const changes = rules.advanceTo(entry.atMs)
  for (const { before, after } of entry.observations) rules.observe(before, after, entry.atMs)
  return [...changes, ...rules.settle(entry.atMs)]
}

/** Applies all entries, then lets time pass. */
export function run({ options, entries }: Scenario): AlertChange[] {
  const rules = createRules(options, EPOCH_MS)
  const changes = entries.flatMap((entry) => apply(rules, entry))
  return [...changes, ...rules.advanceTo(UNTIL_MS)]
}
