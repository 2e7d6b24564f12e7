import fc from 'fast-check'

import type { Rules } from '../../../src/engine/rules/contract.ts'
import { createRules } from '../../../src/engine/rules/rules.ts'
import type { AlertChange } from '../../../src/model/alert.ts'
import { OUTCOMES } from '../../../src/model/outcome.ts'
import type { RulesCounters } from '../../../src/model/engine.ts'
import type { DecidedRequest, GroupValues, OpenRequest } from '../../../src/model/record.ts'
import type { RuleOptions, RulesOptions } from '../../../src/model/rule.ts'
import { decided, EPOCH_MS, opened, rule, stage } from './decided.ts'
import type { Entry, Observation } from './model.ts'

/** Random rules and traffic on a scale of ms, for a model that works ms by ms. */
export interface Scenario {
  readonly options: RulesOptions
  readonly entries: readonly Entry[]
  /** What is open still after the last entry. */
  readonly leftOpen: readonly OpenRequest[]
}

/** When every alert of a scenario has come to its end, but for those of what is open still. */
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
      overrideNano: fc.constantFrom(undefined, undefined, 100, 15_000_000),
      groupBy: fc.constantFrom<readonly number[]>([0], [0], [0, 1], []),
    })
    .map(({ threshold, count, ratio, overrideNano, ...fields }) => {
      const counts = fields.on === 'hangs' || threshold !== 'ratio'
      const compares = fields.on === 'failures' && threshold !== 'count'
      return rule({
        ...fields,
        name,
        count: counts ? count : undefined,
        ratio: compares ? ratio : undefined,
        overrides:
          overrideNano === undefined
            ? []
            : [{ match: [{ key: 1, patterns: ['x'] }], waitingNano: overrideNano }],
      })
    })

const ageArbitrary = fc.oneof(
  fc.integer({ min: 0, max: 3_000_000 }),
  fc.integer({ min: 0, max: MAX_AGE_MS }).map((ms) => ms * 1e6),
)
const groupArbitrary = fc.constantFrom<GroupValues>(['a'], ['a'], ['a', 'x'], ['b', 'x'], ['c'], [])

const requestArbitrary = fc.record({
  ageNano: ageArbitrary,
  durationNano: fc.oneof(
    fc.integer({ min: 0, max: MAX_DURATION_MS }).map((ms) => ms * 1e6),
    fc.constantFrom(100, 99, 4_500_000),
  ),
  firstChunk: fc.constantFrom(-1, -1, 0.5, 1),
  stream: fc.boolean(),
  outcome: fc.constantFrom(...OUTCOMES, 'ok' as const, 'failed' as const, 'failed' as const),
  group: groupArbitrary,
  late: fc.constantFrom(false, false, false, false, false, false, false, true),
  errorType: fc.constantFrom('Timeout', 'BadGateway'),
})

/** Times to revise with what; which earlier request is chosen modulo their number. */
const revisionArbitrary = fc.record({
  choice: fc.nat(1000),
  outcome: fc.constantFrom(...OUTCOMES),
  gone: fc.boolean(),
})

const openArbitrary = fc.record({
  ageNano: ageArbitrary,
  /** Parts of the age. */
  firstChunk: fc.constantFrom(-1, -1, -1, 0.2, 1),
  progress: fc.constantFrom(-1, -1, -1, 0.5, 1),
  evidence: fc.constantFrom('announced' as const, 'announced' as const, 'inferred' as const),
  group: groupArbitrary,
})

/** What becomes of an open request; which one is chosen modulo their number. */
const changeArbitrary = fc.record({
  choice: fc.nat(1000),
  kind: fc.constantFrom(
    'progress' as const,
    'first_chunk' as const,
    'lost' as const,
    'heard' as const,
    'ended' as const,
    'ended' as const,
    'gone' as const,
  ),
  agoNano: fc.integer({ min: 0, max: 9_000_000 }),
  outcome: fc.constantFrom(...OUTCOMES),
  stream: fc.boolean(),
  late: fc.constantFrom(false, false, false, true),
  /** By how much the start that the end tells is earlier. */
  skewNano: fc.constantFrom(0, 0, 300_000, -300_000),
  group: fc.constantFrom<GroupValues | undefined>(undefined, undefined, ['a', 'x'], ['b']),
})

const entryArbitrary = fc.record({
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 60 }) },
  ),
  requests: fc.array(requestArbitrary, { maxLength: 5 }),
  revisions: fc.array(revisionArbitrary, { maxLength: 1 }),
  opens: fc.array(openArbitrary, { maxLength: 3 }),
  changes: fc.array(changeArbitrary, { maxLength: 2 }),
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
      ...build(entries),
    }))

type RandomEntry = typeof entryArbitrary extends fc.Arbitrary<infer T> ? T : never

function build(entries: readonly RandomEntry[]): Pick<Scenario, 'entries' | 'leftOpen'> {
  const known = new Map<string, DecidedRequest>()
  const open = new Map<string, OpenRequest>()
  let atMs = EPOCH_MS + 100
  const built = entries.map(({ afterMs, requests, revisions, opens, changes }) => {
    atMs += afterMs
    const nowNano = (atMs - EPOCH_MS) * 1e6
    const recentNano = nowNano - MAX_AGE_MS * 1e6
    const observations: Observation[] = revisions.flatMap(({ choice, outcome, gone }) => {
      const recent = [...known.values()].filter((one) => answeredNano(one) >= recentNano)
      const before = recent[choice % Math.max(1, recent.length)]
      if (before === undefined) return []
      known.delete(before.spanId)
      if (gone) return [{ before }]
      const after = { ...before, outcome, firstChunkNano: before.durationNano }
      known.set(after.spanId, after)
      return [{ before, after }]
    })
    const changeable = [...open.values()].filter((one) => lastNewsNano(one) >= recentNano)
    for (const { choice, ...change } of changes) {
      const [before] = changeable.splice(choice % Math.max(1, changeable.length), 1)
      if (before === undefined) continue
      open.delete(before.spanId)
      const after = changed(before, change, nowNano)
      if (after?.state === 'open') open.set(after.spanId, after)
      if (after?.state === 'ended') known.set(after.spanId, after)
      observations.push({ before, after })
    }
    for (const { ageNano, firstChunk, errorType, durationNano, ...fields } of requests) {
      const after = decided(0, {
        ...fields,
        durationNano,
        endNano: nowNano - ageNano,
        firstChunkNano: firstChunk < 0 ? -1 : Math.floor(durationNano * firstChunk),
        facts: { errorType },
      })
      known.set(after.spanId, after)
      observations.push({ after })
    }
    for (const { ageNano, firstChunk, progress, ...fields } of opens) {
      const startNano = nowNano - ageNano
      const after = opened(0, {
        ...fields,
        startNano,
        firstChunkNano: firstChunk < 0 ? -1 : Math.floor(ageNano * firstChunk),
        progressNano: progress < 0 ? -1 : startNano + Math.floor(ageNano * progress),
      })
      open.set(after.spanId, after)
      observations.push({ after })
    }
    return { atMs, observations }
  })
  return { entries: built, leftOpen: [...open.values()] }
}

/** When a request left the count of hangs, at the latest its end. */
function answeredNano({ endNano, durationNano, firstChunkNano }: DecidedRequest): number {
  if (firstChunkNano < 0) return endNano
  return endNano - durationNano + Math.min(firstChunkNano, durationNano)
}

/** When an open request left the count, or will, as far as is known; nothing is heard long after. */
function lastNewsNano({ startNano, firstChunkNano, progressNano, lostNano }: OpenRequest): number {
  const first = firstChunkNano < 0 ? Infinity : startNano + firstChunkNano
  const progress = progressNano === -1 ? Infinity : progressNano
  return Math.min(first, progress, lostNano ?? Infinity)
}

type RandomChange = Omit<typeof changeArbitrary extends fc.Arbitrary<infer T> ? T : never, 'choice'>

function changed(
  before: OpenRequest,
  { kind, agoNano, skewNano, group = before.group, ...fields }: RandomChange,
  nowNano: number,
): OpenRequest | DecidedRequest | undefined {
  const { traceId, spanId, startNano, firstChunkNano, service, facts } = before
  const atNano = Math.max(startNano, nowNano - agoNano)
  switch (kind) {
    case 'progress':
      return { ...before, progressNano: Math.max(before.progressNano, atNano) }
    case 'first_chunk':
      return firstChunkNano < 0 ? { ...before, firstChunkNano: atNano - startNano } : before
    case 'lost':
      return { ...before, evidence: 'lost', lostNano: atNano }
    case 'heard':
      return { ...before, evidence: 'announced', lostNano: undefined }
    case 'ended': {
      const durationNano = Math.max(0, atNano - startNano + skewNano)
      const identity = { traceId, spanId, group, facts, service }
      return {
        state: 'ended',
        endNano: atNano,
        durationNano,
        firstChunkNano,
        ...identity,
        ...fields,
      }
    }
    case 'gone':
      return undefined
  }
}

/** Applies one entry. */
export function apply(rules: Rules, entry: Entry): AlertChange[] {
  const changes = rules.advanceTo(entry.atMs)
  for (const { before, after } of entry.observations) rules.observe(before, after, entry.atMs)
  return [...changes, ...rules.settle(entry.atMs)]
}

export interface Ran {
  readonly changes: readonly AlertChange[]
  readonly counters: RulesCounters
}

/** Applies all entries, then lets time pass. */
export function run({ options, entries }: Pick<Scenario, 'options' | 'entries'>): Ran {
  const rules = createRules(options, EPOCH_MS)
  const changes = entries.flatMap((entry) => apply(rules, entry))
  changes.push(...rules.advanceTo(UNTIL_MS))
  return { changes, counters: rules.counters }
}
