import type { DecidedRequest, OpenRequest } from '../../../src/model/record.ts'
import type { RuleOptions, RulesOptions } from '../../../src/model/rule.ts'

/** 2026-01-01T00:00:00Z: ms 0 of the tables. */
export const EPOCH_MS = 1_767_225_600_000

let issued = 0

/** Fields of a request; durations in seconds as well as in ns. */
type Fields = Partial<DecidedRequest> & {
  readonly duration?: number
  readonly firstChunk?: number
}

/** A request that ended so many seconds after the epoch, ok if nothing else is said. */
export function decided(end: number, fields: Fields = {}): DecidedRequest {
  issued += 1
  const { duration = 0, firstChunk, ...rest } = fields
  return {
    state: 'ended',
    traceId: issued.toString(16).padStart(32, '0'),
    spanId: issued.toString(16).padStart(16, '0'),
    outcome: 'ok',
    endNano: Math.round(end * 1e9),
    durationNano: Math.round(duration * 1e9),
    firstChunkNano: firstChunk === undefined ? -1 : Math.round(firstChunk * 1e9),
    stream: false,
    group: ['proxy'],
    facts: {},
    service: 'proxy',
    late: false,
    ...rest,
  }
}

/** A request that began so many seconds after the epoch, announced and silent. */
export function opened(start: number, fields: Partial<OpenRequest> = {}): OpenRequest {
  const { traceId, spanId, group, facts, service } = decided(0)
  return {
    state: 'open',
    traceId,
    spanId,
    evidence: 'announced',
    startNano: Math.round(start * 1e9),
    firstChunkNano: -1,
    progressNano: -1,
    lostNano: undefined,
    group,
    facts,
    service,
    ...fields,
  }
}

/** Its lease ended so many seconds after the epoch. */
export function lost(request: OpenRequest, at: number): OpenRequest {
  return { ...request, evidence: 'lost', lostNano: Math.round(at * 1e9) }
}

/** It ended so many seconds after the epoch, ok if nothing else is said. */
export function endOf(
  request: OpenRequest,
  end: number,
  fields: Partial<DecidedRequest> = {},
): DecidedRequest {
  const { traceId, spanId, group, facts, service, startNano } = request
  const endNano = Math.round(end * 1e9)
  const durationNano = endNano - startNano
  return decided(end, { traceId, spanId, group, facts, service, durationNano, endNano, ...fields })
}

export function failed(end: number, fields: Fields = {}): DecidedRequest {
  return decided(end, { outcome: 'failed', ...fields })
}

/** A failures rule: 3 in 60 s, gone 10 s later. */
export function rule(fields: Partial<RuleOptions> = {}): RuleOptions {
  return {
    name: 'failures',
    on: 'failures',
    count: 3,
    ratio: undefined,
    minRequests: 0,
    windowMs: 60_000,
    forMs: 0,
    keepFiringForMs: 10_000,
    severity: 'critical',
    waitingNano: 60e9,
    overrides: [],
    groupBy: [0],
    match: [],
    ...fields,
  }
}

/** A hangs rule: 2 requests that waited 10 s, in 60 s. */
export function hangRule(fields: Partial<RuleOptions> = {}): RuleOptions {
  return rule({ name: 'hangs', on: 'hangs', count: 2, waitingNano: 10e9, ...fields })
}

export function stage(
  rules: readonly RuleOptions[],
  fields: Partial<RulesOptions> = {},
): RulesOptions {
  return {
    name: 'spanpager',
    groupKeys: ['service.name', 'model'],
    rules,
    hangingUntil: 'first_chunk',
    noTrafficResolveAfterMs: 1_800_000,
    flapWindowMs: 0,
    maxIncidents: 20,
    maxGroups: 10_000,
    maxEventAgeMs: 310_000,
    selectionFingerprint: '',
    ...fields,
  }
}
