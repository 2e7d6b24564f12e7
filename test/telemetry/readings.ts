import { createCounters, createRulesCounters } from '../../src/engine/counters.ts'
import type { AlertChange, AlertFacts, AlertStatus } from '../../src/model/alert.ts'
import type { EngineCounters } from '../../src/model/engine.ts'
import { NO_SAMPLES } from '../helpers/no-samples.ts'
import type { EngineView } from '../../src/model/status.ts'

/** Readings of a made-up engine and changes it could have made, for tests of what is said of them. */
export function counters(): EngineCounters {
  return createCounters(createRulesCounters())
}

export function engineView(overrides: Partial<EngineView> = {}): EngineView {
  return {
    processor: 'llm_alerting',
    name: 'spanpager',
    rules: ['failures', 'hangs'],
    counters: counters(),
    status: () => [],
    ...overrides,
  }
}

export function alertStatus(overrides: Partial<AlertStatus> = {}): AlertStatus {
  return {
    rule: 'failures',
    ruleKind: 'failures',
    group: [{ key: 'service.name', value: 'litellm-proxy' }],
    state: 'inactive',
    sinceMs: Date.UTC(2026, 10, 25, 11),
    count: 3,
    threshold: 60,
    windowMs: 60_000,
    inRollUp: false,
    ...overrides,
  }
}

const episode: AlertChange['episode'] = {
  dedupKey: 'spanpager/failures/litellm-proxy',
  name: 'spanpager',
  rule: 'failures',
  ruleKind: 'failures',
  severity: 'critical',
  group: [{ key: 'service.name', value: 'litellm-proxy' }],
  rollUp: false,
  firedAtMs: Date.UTC(2026, 10, 25, 12),
}

const facts: AlertFacts = {
  count: 62,
  atLeast: false,
  threshold: 60,
  windowMs: 60_000,
  ratio: 0.62,
  requests: 100,
  ...NO_SAMPLES,
  open: 0,
  firstSeenMs: episode.firedAtMs,
  detectionLagMs: 20,
  late: 0,
}

export const firing: AlertChange = { kind: 'firing', episode, facts }

export const resolved: AlertChange = {
  kind: 'resolved',
  episode,
  resolvedAtMs: episode.firedAtMs + 90_500,
  peak: 80,
  total: 130,
  reason: 'recovered',
}

/** A firing of a rule with a ratio, for hangs, rolled up: what the plain one has not. */
export const rolledUpFiring: AlertChange = {
  kind: 'firing',
  episode: { ...episode, rule: 'slow', ruleKind: 'hangs', group: [], rollUp: true },
  facts: {
    ...facts,
    atLeast: true,
    ratioThreshold: 0.25,
    waitingMs: 30_000,
    rolledUp: { groups: 23, worst: [] },
  },
}
