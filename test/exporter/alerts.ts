import type { AlertChange, AlertFacts, EpisodeRef } from '../../src/model/alert.ts'
import type { AlertEvent } from '../../src/model/component.ts'

export const FIRED_AT_MS = Date.UTC(2026, 10, 25, 10, 0, 5)

export type Firing = AlertChange & { readonly kind: 'firing' }
export type Resolved = AlertChange & { readonly kind: 'resolved' }

export const EPISODE: EpisodeRef = {
  dedupKey: 'spanpager/failures/openai/gpt-4o',
  name: 'spanpager',
  rule: 'failures',
  ruleKind: 'failures',
  severity: 'critical',
  group: [
    { key: 'gen_ai.provider.name', value: 'openai' },
    { key: 'gen_ai.request.model', value: 'gpt-4o' },
  ],
  rollUp: false,
  firedAtMs: FIRED_AT_MS,
}

export const FAILURE_FACTS: AlertFacts = {
  count: 62,
  atLeast: false,
  threshold: 60,
  windowMs: 60_000,
  ratio: 0.3125,
  requests: 200,
  errorTypes: [
    { value: 'overloaded', count: 50 },
    { value: 'timeout', count: 12 },
  ],
  httpStatuses: [
    { value: '529', count: 50 },
    { value: '504', count: 12 },
  ],
  models: [{ value: 'gpt-4o', count: 62 }],
  providers: [{ value: 'openai', count: 62 }],
  teams: [
    { value: 'search', count: 40 },
    { value: 'chat', count: 22 },
  ],
  keyAliases: [{ value: 'search-prod', count: 40 }],
  services: [{ value: 'llm-proxy', count: 62 }],
  evidence: [],
  hangKinds: [],
  open: 0,
  sampleTraceIds: ['0af7651916cd43dd8448eb211c80319c', '4bf92f3577b34da6a3ce929d0e0e4736'],
  firstSeenMs: FIRED_AT_MS - 58_000,
  detectionLagMs: 250,
  late: 0,
}

const HANG_FACTS: AlertFacts = {
  ...FAILURE_FACTS,
  count: 14,
  threshold: 10,
  windowMs: 600_000,
  waitingMs: 60_000,
  oldestWaitingMs: 312_000,
  errorTypes: [],
  httpStatuses: [],
  evidence: [{ value: 'ended', count: 14 }],
}

export function failing(
  facts: Partial<AlertFacts> = {},
  episode: Partial<EpisodeRef> = {},
): Firing {
  return {
    kind: 'firing',
    episode: { ...EPISODE, ...episode },
    facts: { ...FAILURE_FACTS, ...facts },
  }
}

export function hanging(
  facts: Partial<AlertFacts> = {},
  episode: Partial<EpisodeRef> = {},
): Firing {
  return {
    kind: 'firing',
    episode: {
      ...EPISODE,
      dedupKey: 'spanpager/hangs/azure/gpt-4o',
      rule: 'hangs',
      ruleKind: 'hangs',
      group: [
        { key: 'gen_ai.provider.name', value: 'azure' },
        { key: 'gen_ai.request.model', value: 'gpt-4o' },
      ],
      ...episode,
    },
    facts: { ...HANG_FACTS, ...facts },
  }
}

export function resolved(
  change: Partial<Omit<Resolved, 'kind' | 'episode'>> = {},
  episode: Partial<EpisodeRef> = {},
): Resolved {
  return {
    kind: 'resolved',
    episode: { ...EPISODE, ...episode },
    resolvedAtMs: FIRED_AT_MS + 312_000,
    peak: 80,
    total: 240,
    reason: 'recovered',
    ...change,
  }
}

export function eventOf(change: AlertChange, cleared = false): AlertEvent {
  return { id: { position: 7, index: 0 }, change, cleared }
}
