import type { AlertFacts } from '../../model/alert.ts'
import type { RuleDefinition } from './definition.ts'
import { floorMs } from './event-time.ts'
import { mostFrequent, byCount } from './frequency.ts'
import type { Group } from './group.ts'
import { hangFacts } from './hang-facts.ts'
import { byEnd, type CountedRequest, type Occurrence } from './occurrence.ts'

/** How many values and samples a page names. */
const MAX_LISTED = 5

const NO_HANGS: ReturnType<typeof hangFacts> = { evidence: [], hangKinds: [], open: 0 }

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
export function factsOf(
  definition: RuleDefinition,
  evidence: readonly Evidence[],
  nowMs: number,
): AlertFacts {
  const { rule } = definition
  const occurrences = evidence.flatMap((group) => group.occurrences)
  occurrences.sort(byEnd)
  const requests = sum(evidence.map((group) => group.requests))
  const failed = sum(evidence.map((group) => group.failed))
  const list = (value: (request: CountedRequest) => string | undefined) =>
    mostFrequent(occurrences.map(({ request }) => value(request))).slice(0, MAX_LISTED)
  return {
    count: occurrences.length,
    atLeast: evidence.some((group) => group.atLeast),
    ...(rule.count === undefined ? {} : { threshold: rule.count }),
    windowMs: rule.windowMs,
    ...(rule.on === 'failures' && requests > 0 ? { ratio: failed / requests } : {}),
    ...(rule.ratio === undefined ? {} : { ratioThreshold: rule.ratio }),
    requests,
    errorTypes: list(({ facts }) => facts.errorType),
    httpStatuses: list(({ facts }) => facts.httpStatus?.toString()),
    models: list(({ facts }) => facts.model),
    providers: list(({ facts }) => facts.provider),
    teams: list(({ facts }) => facts.team),
    keyAliases: list(({ facts }) => facts.keyAlias),
    services: list(({ service }) => service),
    sampleTraceIds: sampleTraces(occurrences),
    firstSeenMs: floorMs(minimum(occurrences.map(({ start }) => start)), definition.epochMs),
    detectionLagMs: Math.max(...evidence.map(({ group }) => group.lagMs)),
    late: sum(evidence.map((group) => group.late)),
    ...(rule.on === 'failures' ? NO_HANGS : hangFacts(definition, occurrences, nowMs)),
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

/** What is open, oldest first, then what ended, newest first. */
function sampleTraces(occurrences: readonly Occurrence[]): string[] {
  const newestFirst = occurrences.toReversed()
  const open = newestFirst.filter((one) => one.open !== undefined)
  open.sort((a, b) => a.start - b.start)
  const ended = newestFirst.filter((one) => one.open === undefined)
  const traces = new Set([...open, ...ended].map(({ request }) => request.traceId))
  return [...traces].slice(0, MAX_LISTED)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** `Math.min(...)` would put up to 10,000 arguments on the stack. */
function minimum(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), Infinity)
}
