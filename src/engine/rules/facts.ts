import type { AlertFacts, Counted } from '../../model/alert.ts'
import type { RuleDefinition } from './definition.ts'
import { NANO_PER_MS, floorMs } from './event-time.ts'
import type { Group } from './group.ts'
import type { CountedRequest, Occurrence } from './occurrence.ts'

/** How many values and samples a page names. */
const MAX_LISTED = 5

/** What is known of one group when it fires. */
interface Evidence {
  readonly group: Group
  /** What counts, by end. */
  readonly occurrences: readonly Occurrence[]
  readonly atLeast: boolean
  readonly failed: number
  readonly requests: number
  readonly late: number
}

/** Looks at the window that makes the group fire: the current one, or that of a burst found late. */
export function evidenceOf(group: Group, nowMs: number): Evidence {
  const { definition, window, traffic } = group
  const nano = group.condition.evidenceNano(nowMs)
  const occurrences = window.at(nano)
  const { ok, failed } = traffic.at(floorMs(nano, definition.epochMs))
  return {
    group,
    occurrences,
    atLeast: window.isCutAt(nano),
    failed,
    requests: ok + failed,
    late: traffic.at(nowMs).late,
  }
}

/** The facts of one group, or of the groups that a roll-up stands for. */
export function factsOf(definition: RuleDefinition, evidence: readonly Evidence[]): AlertFacts {
  const { rule } = definition
  const occurrences = evidence.flatMap((group) => group.occurrences)
  occurrences.sort((a, b) => a.end - b.end)
  const requests = sum(evidence.map((group) => group.requests))
  const failed = sum(evidence.map((group) => group.failed))
  const list = (value: (request: CountedRequest) => string | number | undefined) =>
    mostFrequent(occurrences.map(({ request }) => value(request)))
  return {
    count: occurrences.length,
    atLeast: evidence.some((group) => group.atLeast),
    ...(rule.count === undefined ? {} : { threshold: rule.count }),
    windowMs: rule.windowMs,
    ...(rule.on === 'failures' && requests > 0 ? { ratio: failed / requests } : {}),
    ...(rule.ratio === undefined ? {} : { ratioThreshold: rule.ratio }),
    requests,
    errorTypes: list(({ facts }) => facts.errorType),
    httpStatuses: list(({ facts }) => facts.httpStatus),
    models: list(({ facts }) => facts.model),
    providers: list(({ facts }) => facts.provider),
    teams: list(({ facts }) => facts.team),
    keyAliases: list(({ facts }) => facts.keyAlias),
    services: list(({ service }) => service),
    hangKinds: [],
    open: 0,
    sampleTraceIds: newestTraces(occurrences),
    firstSeenMs: floorMs(minimum(occurrences.map(({ start }) => start)), definition.epochMs),
    detectionLagMs: Math.max(...evidence.map(({ group }) => group.lagMs)),
    late: sum(evidence.map((group) => group.late)),
    ...hangFacts(definition, occurrences),
  }
}

/** For the roll-up: how many groups, and which have most. */
export function rolledUp(evidence: readonly Evidence[]): NonNullable<AlertFacts['rolledUp']> {
  const groups = evidence.map(({ group, occurrences }) => ({
    value: group.name.values.map(({ value }) => value).join(', '),
    count: occurrences.length,
  }))
  return { groups: groups.length, worst: groups.sort(byCount).slice(0, MAX_LISTED) }
}

function hangFacts(
  { rule }: RuleDefinition,
  occurrences: readonly Occurrence[],
): Pick<AlertFacts, 'evidence' | 'waitingMs' | 'oldestWaitingMs'> {
  if (rule.on === 'failures') return { evidence: [] }
  const longest = -minimum(occurrences.map(({ waitingNano }) => -waitingNano))
  return {
    evidence: [{ value: 'ended', count: occurrences.length }],
    waitingMs: rule.waitingNano / NANO_PER_MS,
    oldestWaitingMs: longest / NANO_PER_MS,
  }
}

function mostFrequent(values: readonly (string | number | undefined)[]): Counted[] {
  const counts = new Map<string, number>()
  for (const value of values) {
    if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  }
  return Array.from(counts, ([value, count]) => ({ value, count }))
    .sort(byCount)
    .slice(0, MAX_LISTED)
}

/** Most frequent first; a tie goes by value, so that the order of arrival leaves no trace. */
function byCount(a: Counted, b: Counted): number {
  return b.count - a.count || (a.value < b.value ? -1 : 1)
}

function newestTraces(occurrences: readonly Occurrence[]): string[] {
  const traces = new Set<string>()
  for (let at = occurrences.length - 1; at >= 0 && traces.size < MAX_LISTED; at -= 1) {
    traces.add(occurrences[at]!.request.traceId)
  }
  return [...traces]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** `Math.min(...)` would put up to 10,000 arguments on the stack. */
function minimum(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Infinity)
}
