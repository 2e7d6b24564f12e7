import type { AlertChange } from '../model/alert.ts'
import type { LogFields } from './log-line.ts'

/** Which episode a line is about. */
export function episodeFields({ episode }: AlertChange): LogFields {
  return {
    rule: episode.rule,
    group: Object.fromEntries(episode.group.map(({ key, value }) => [key, value])),
    roll_up: episode.rollUp ? true : undefined,
    dedup_key: episode.dedupKey,
  }
}

/** The same, and which of its two events. */
export function eventFields(change: AlertChange): LogFields {
  return { event: eventOf(change), ...episodeFields(change) }
}

/** PagerDuty's word for an alert change. */
export function eventOf(change: AlertChange): 'trigger' | 'resolve' {
  return change.kind === 'firing' ? 'trigger' : 'resolve'
}

/** The numbers of a change. */
export function numberFields(change: AlertChange): LogFields {
  if (change.kind === 'resolved') {
    const { reason, peak, total, resolvedAtMs, episode } = change
    return { reason, peak, total, fired_for_seconds: (resolvedAtMs - episode.firedAtMs) / 1000 }
  }
  const { facts } = change
  return {
    count: facts.count,
    at_least: facts.atLeast ? true : undefined,
    threshold: facts.threshold,
    ratio: facts.ratioThreshold === undefined ? undefined : facts.ratio,
    ratio_threshold: facts.ratioThreshold,
    window_seconds: facts.windowMs / 1000,
    waiting_seconds: facts.waitingMs === undefined ? undefined : facts.waitingMs / 1000,
    groups: facts.rolledUp?.groups,
  }
}
