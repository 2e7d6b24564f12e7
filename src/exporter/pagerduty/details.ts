import type { AlertChange, AlertFacts, Counted, EpisodeRef } from '../../model/alert.ts'
import { durationText, isoTime, percentText } from '../number-text.ts'
import { cleanText } from '../page-text.ts'
import type { Details, DetailValue } from './wire.ts'

/** What of each list is worth reading on a page. */
const MAX_LISTED = 20

/**
 * `custom_details` of a trigger. Each is named here: what an alert may carry besides never gets
 * onto a page.
 */
export function triggerDetails(episode: EpisodeRef, facts: AlertFacts, cleared: boolean): Details {
  return present({
    deployment: cleanText(episode.name),
    rule: cleanText(episode.rule),
    group_values: groupValues(episode),
    late_page: cleared
      ? 'the condition had cleared before this page could be delivered; a resolve follows'
      : undefined,
    count: facts.count,
    threshold: facts.threshold,
    window: durationText(facts.windowMs),
    requests: facts.requests,
    failure_ratio: facts.ratio === undefined ? undefined : percentText(facts.ratio),
    failure_ratio_threshold:
      facts.ratioThreshold === undefined ? undefined : percentText(facts.ratioThreshold),
    waiting_threshold: facts.waitingMs === undefined ? undefined : durationText(facts.waitingMs),
    longest_wait:
      facts.oldestWaitingMs === undefined ? undefined : durationText(facts.oldestWaitingMs),
    open: episode.ruleKind === 'hangs' ? facts.open : undefined,
    hang_kinds: counts(facts.hangKinds),
    hang_evidence: counts(facts.evidence),
    error_types: counts(facts.errorTypes),
    http_statuses: counts(facts.httpStatuses),
    models: counts(facts.models),
    providers: counts(facts.providers),
    teams: counts(facts.teams),
    key_aliases: counts(facts.keyAliases),
    services: counts(facts.services),
    groups_in_roll_up: facts.rolledUp?.groups,
    worst_groups: facts.rolledUp === undefined ? undefined : counts(facts.rolledUp.worst),
    sample_trace_ids:
      facts.sampleTraceIds.length === 0 ? undefined : facts.sampleTraceIds.map(cleanText),
    first_seen: isoTime(facts.firstSeenMs),
    detection_lag: durationText(facts.detectionLagMs),
    completeness: completeness(facts),
  })
}

/** `custom_details` of a resolve. */
export function resolveDetails(change: AlertChange & { readonly kind: 'resolved' }): Details {
  const { episode } = change
  return present({
    deployment: cleanText(episode.name),
    rule: cleanText(episode.rule),
    group_values: groupValues(episode),
    reason: change.reason,
    duration: durationText(change.resolvedAtMs - episode.firedAtMs),
    peak: change.peak,
    total: change.total,
    fired_at: isoTime(episode.firedAtMs),
  })
}

function completeness(facts: AlertFacts): string {
  const lacks: string[] = []
  if (facts.atLeast) lacks.push('the window is full, the true count may be higher')
  if (facts.late > 0) lacks.push(`${facts.late} came too late to count`)
  return lacks.length === 0 ? 'complete' : lacks.join('; ')
}

function groupValues(episode: EpisodeRef): DetailValue | undefined {
  if (episode.group.length === 0) return undefined
  return Object.fromEntries(
    episode.group.map(({ key, value }) => [cleanText(key), cleanText(value)]),
  )
}

function counts(list: readonly Counted[]): DetailValue | undefined {
  if (list.length === 0) return undefined
  const byName = new Map<string, number>()
  for (const { value, count } of list.slice(0, MAX_LISTED)) add(byName, cleanText(value), count)
  for (const { count } of list.slice(MAX_LISTED)) add(byName, '(others)', count)
  return Object.fromEntries(byName)
}

/** Different values may become the same text. */
function add(byName: Map<string, number>, name: string, count: number): void {
  byName.set(name, (byName.get(name) ?? 0) + count)
}

function present(details: Readonly<Record<string, DetailValue | undefined>>): Details {
  const entries = Object.entries(details)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, DetailValue] => entry[1] !== undefined),
  )
}
