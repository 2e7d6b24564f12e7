import { createEngine, type EngineOptions, type EngineSnapshot } from '../../src/engine/engine.ts'
import type { AlertChange } from '../../src/model/alert.ts'
import type { Engine } from '../../src/model/engine.ts'
import type { RuleOptions, RulesOptions } from '../../src/model/rule.ts'
import { type PlainRecord, recordBatch } from './records.ts'
import { REQUESTS_OPTIONS } from './requests-run.ts'

const FAILURES_RULE: RuleOptions = {
  name: 'failures',
  on: 'failures',
  count: 2,
  ratio: undefined,
  minRequests: 0,
  windowMs: 10_000,
  forMs: 0,
  keepFiringForMs: 10_000,
  severity: 'critical',
  waitingNano: 60e9,
  overrides: [],
  groupBy: [0],
  match: [],
}

const HANGS_RULE: RuleOptions = {
  ...FAILURES_RULE,
  name: 'hangs',
  on: 'hangs',
  count: 2,
  waitingNano: 20e6,
}

const RULES_OPTIONS: RulesOptions = {
  name: 'spanpager',
  groupKeys: ['gen_ai.request.model'],
  rules: [FAILURES_RULE, HANGS_RULE],
  hangingUntil: 'end',
  noTrafficResolveAfterMs: 30_000,
  flapWindowMs: 0,
  maxIncidents: 20,
  maxGroups: 10_000,
  maxEventAgeMs: 330_000,
  selectionFingerprint: 'test',
}

const ENGINE_OPTIONS: EngineOptions = {
  requests: { ...REQUESTS_OPTIONS, slowNano: 20e6 },
  rules: RULES_OPTIONS,
  hashSeed: 1,
}

/** Something that happens to an engine: records come, or time passes. */
export interface Step {
  readonly timeMs: number
  readonly rows?: readonly PlainRecord[]
}

export function newEngine(
  startMs: number,
  options: Partial<EngineOptions> = {},
  snapshot?: EngineSnapshot,
): Engine {
  return createEngine({ ...ENGINE_OPTIONS, ...options }, startMs, snapshot)
}

/** Takes a step, and returns what the engine says. */
export function take(engine: Engine, { timeMs, rows }: Step): readonly AlertChange[] {
  if (rows === undefined) return engine.advanceTo(timeMs)
  const records = recordBatch(rows)
  return engine.apply({ kind: 'records', processor: 'llm_alerting', timeMs, records })
}
