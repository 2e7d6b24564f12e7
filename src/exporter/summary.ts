import type { AlertChange, AlertFacts, Counted, EpisodeRef } from '../model/alert.ts'
import { durationText, percentText } from './number-text.ts'
import { cleanText, cutMiddle, cutText } from './page-text.ts'

/**
 * The one line that a person reads on a locked phone. It begins with the group's values and has the
 * count, the window and the threshold within its first 100 characters.
 *
 * | what           | example                                                                                      |
 * | -------------- | -------------------------------------------------------------------------------------------- |
 * | failures       | `openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded`         |
 * | failures ratio | `openai/gpt-4o: 25 of 80 LLM requests failed in 60 s (31.3 %, threshold 25 %), mostly ...`    |
 * | hangs          | `azure/gpt-4o: 14 LLM requests waited 60 s or more (threshold 10) in 600 s, longest 312 s`    |
 * | open hangs     | `azure/gpt-4o: 14 LLM requests open for more than 60 s (threshold 10), 3 of them lost, ...`   |
 * | roll-up        | `18 more groups: 412 failed LLM requests in 60 s (threshold 60), worst openai/gpt-4o (40)`    |
 * | late page      | `openai/gpt-4o: cleared: 62 failed LLM requests in 60 s (threshold 60)`                       |
 * | resolve        | `openai/gpt-4o: recovered after 312 s, at most 80 failed LLM requests at once, 240 in all`    |
 */
export function summaryOf(change: AlertChange, cleared: boolean): string {
  const { episode } = change
  if (change.kind === 'resolved') {
    const headline = resolvedText(change)
    return `${subjectOf(episode, undefined, headline)}: ${headline}`
  }
  const headline = `${cleared ? 'cleared: ' : ''}${countText(episode, change.facts)}`
  const subject = subjectOf(episode, change.facts, headline)
  return [`${subject}: ${headline}`, ...circumstances(episode, change.facts)].join(', ')
}

/** The group's values joined by `/`; empty where the rule has no group, and for the roll-up. */
export function groupText(episode: EpisodeRef): string {
  return episode.group.map(({ value }) => cleanText(value)).join('/')
}

const HEADLINE_CHARACTERS = 100
/** However long the headline, this much of the group stays recognisable. */
const MIN_SUBJECT_CHARACTERS = 30

function subjectOf(episode: EpisodeRef, facts: AlertFacts | undefined, headline: string): string {
  const room = HEADLINE_CHARACTERS - headline.length - ': '.length
  return cutMiddle(whoseText(episode, facts), Math.max(room, MIN_SUBJECT_CHARACTERS))
}

function whoseText(episode: EpisodeRef, facts: AlertFacts | undefined): string {
  if (episode.rollUp) {
    const groups = facts?.rolledUp?.groups
    if (groups === undefined) return 'more groups'
    return groups === 1 ? '1 more group' : `${groups} more groups`
  }
  const group = groupText(episode)
  // A rule over all requests: the deployment's name says at least which environment it is.
  return group === '' ? cleanText(episode.name) : group
}

function countText(episode: EpisodeRef, facts: AlertFacts): string {
  const { count, threshold, requests, ratio, ratioThreshold } = facts
  const atLeast = facts.atLeast ? 'at least ' : ''
  const window = `in ${durationText(facts.windowMs)}`
  const limit = threshold === undefined ? '' : ` (threshold ${threshold})`
  if (episode.ruleKind === 'hangs') {
    const hangs = `${atLeast}${count} LLM ${plural(count)}`
    const wait = facts.waitingMs === undefined ? undefined : durationText(facts.waitingMs)
    if (isAllOpen(facts)) {
      // They count for as long as they are open, whatever the window.
      return `${hangs} open for ${wait === undefined ? 'too long' : `more than ${wait}`}${limit}`
    }
    const waited = wait === undefined ? 'too long' : `${wait} or more`
    return `${hangs} waited ${waited}${limit} ${window}`
  }
  const share = ratio === undefined ? '' : percentText(ratio)
  if (threshold === undefined && ratioThreshold !== undefined) {
    const shares = [share, `threshold ${percentText(ratioThreshold)}`].filter((part) => part !== '')
    return `${atLeast}${count} of ${requests} LLM ${plural(requests)} failed ${window} (${shares.join(', ')})`
  }
  const failures = `${atLeast}${count} failed LLM ${plural(count)} ${window}${limit}`
  if (ratioThreshold === undefined) return failures
  return `${failures}, ${share} of ${requests} (threshold ${percentText(ratioThreshold)})`
}

function circumstances(episode: EpisodeRef, facts: AlertFacts): string[] {
  const parts: string[] = []
  if (facts.rolledUp !== undefined && facts.rolledUp.worst.length > 0) {
    const worst = facts.rolledUp.worst
      .slice(0, 3)
      .map(({ value, count }) => `${name(value)} (${count})`)
    parts.push(`worst ${worst.join(', ')}`)
  }
  if (episode.ruleKind === 'failures') {
    const cause = mainCause(facts)
    if (cause !== undefined) parts.push(cause)
    return parts
  }
  if (facts.open > 0 && !isAllOpen(facts)) parts.push(`${facts.open} still open`)
  const lost = facts.evidence.find(({ value }) => value === 'lost')?.count ?? 0
  if (lost > 0) parts.push(lostText(lost, facts.open))
  if (facts.oldestWaitingMs !== undefined) {
    const longest = isAllOpen(facts) ? 'oldest' : 'longest'
    parts.push(`${longest} ${durationText(facts.oldestWaitingMs)}`)
  }
  return parts
}

function isAllOpen({ open, count }: AlertFacts): boolean {
  return open > 0 && open >= count
}

/** Only what is open can be lost: nothing is heard of it any more, while its process goes on. */
function lostText(lost: number, open: number): string {
  if (lost < open) return `${lost} of them lost`
  return lost === 1 ? 'lost' : 'all of them lost'
}

/**
 * Statuses and error types are counted apart, so they are named together only when each has more
 * than half of the failures: two majorities must overlap.
 */
function mainCause(facts: AlertFacts): string | undefined {
  const error = facts.errorTypes[0]
  const status = facts.httpStatuses[0]
  const most = ({ count }: Counted) => count * 2 > facts.count
  if (error !== undefined && most(error)) {
    const both = status !== undefined && most(status) && status.value !== error.value
    return `mostly ${both ? `${name(status.value)} ` : ''}${name(error.value)}`
  }
  if (status !== undefined && most(status)) return `mostly ${name(status.value)}`
  const first = error ?? status
  return first === undefined ? undefined : `most often ${name(first.value)} (${first.count})`
}

function resolvedText(change: AlertChange & { readonly kind: 'resolved' }): string {
  const { episode, peak, total, reason } = change
  const why = {
    recovered: 'recovered',
    no_traffic: 'no more requests, closed',
    rule_removed: 'rule removed, closed',
  }[reason]
  const what = episode.ruleKind === 'hangs' ? 'hanging' : 'failed'
  const duration = durationText(change.resolvedAtMs - episode.firedAtMs)
  return `${why} after ${duration}, at most ${peak} ${what} LLM ${plural(peak)} at once, ${total} in all`
}

function plural(count: number): string {
  return count === 1 ? 'request' : 'requests'
}

function name(value: string): string {
  return cutText(cleanText(value), 80)
}
