import type { AlertChange, EpisodeRef } from '../../model/alert.ts'
import type { RuleDefinition } from './definition.ts'
import { rollUpKey } from './dedup-key.ts'
import { type Episode, resolvedChange, type ResolveReason } from './episode.ts'
import { toNano } from './event-time.ts'
import { evidenceOf, factsOf, rolledUp } from './facts.ts'
import type { Group } from './group.ts'
import type { Occurrence } from './occurrence.ts'

export interface Resolved {
  readonly group: Group
  readonly reason: ResolveReason
}

/**
 * The open episodes of one rule: up to `max_incidents` groups have their own, the others share a
 * roll-up until each of them has resolved.
 */
export class Episodes {
  readonly #definition: RuleDefinition
  /** Groups with an episode of their own. */
  #own = 0
  /** What the roll-up had when its groups of the past resolved; the others hold their part. */
  #rollUp: Episode | undefined
  #rolledUp = 0

  constructor(definition: RuleDefinition) {
    this.#definition = definition
  }

  /** The roll-up without the groups that still are in it. */
  get rollUp(): Episode | undefined {
    return this.#rollUp
  }

  /** Takes over the open episodes of a snapshot. */
  restore(groups: Iterable<Group>, rollUp: Episode | undefined): void {
    this.#rollUp = rollUp === undefined ? undefined : { ...rollUp }
    for (const { episode } of groups) {
      if (episode?.ref.rollUp === true) this.#rolledUp += 1
      else if (episode !== undefined) this.#own += 1
    }
  }

  /** What resolved and fired at one moment; resolves first, so that their places are free. */
  settle(nowMs: number, resolved: readonly Resolved[], fired: readonly Group[]): AlertChange[] {
    const changes = resolved.flatMap(({ group, reason }) => this.#end(group, nowMs, reason))
    const evidence = fired
      .map((group) => evidenceOf(group, nowMs))
      .sort((a, b) => b.occurrences.length - a.occurrences.length)
    const free = Math.max(0, this.#definition.stage.maxIncidents - this.#own)
    for (const one of evidence.slice(0, free)) {
      const { values, dedupKey } = one.group.name
      const ref = this.#ref(dedupKey, values, false, nowMs)
      this.#own += 1
      this.#begin(one.group, ref, one.occurrences, nowMs)
      changes.push({ kind: 'firing', episode: ref, facts: factsOf(this.#definition, [one], nowMs) })
    }
    const beyond = evidence.slice(free)
    if (beyond.length === 0) return changes
    if (this.#rollUp === undefined) {
      const { stage, rule } = this.#definition
      const ref = this.#ref(rollUpKey(stage.name, rule.name), [], true, nowMs)
      this.#rollUp = { ref, peak: 0, total: 0 }
      const facts = { ...factsOf(this.#definition, beyond, nowMs), rolledUp: rolledUp(beyond) }
      changes.push({ kind: 'firing', episode: ref, facts })
    }
    this.#rolledUp += beyond.length
    for (const one of beyond) {
      this.#begin(one.group, this.#rollUp.ref, one.occurrences, nowMs)
    }
    return changes
  }

  #ref(
    dedupKey: string,
    group: EpisodeRef['group'],
    rollUp: boolean,
    firedAtMs: number,
  ): EpisodeRef {
    const { stage, rule } = this.#definition
    return {
      dedupKey,
      name: stage.name,
      rule: rule.name,
      ruleKind: rule.on,
      severity: rule.severity,
      group,
      rollUp,
      firedAtMs,
    }
  }

  /** What made it fire counts, and what counts now: a burst found late may lie before that. */
  #begin(group: Group, ref: EpisodeRef, evidence: readonly Occurrence[], nowMs: number): void {
    const current = group.window.at(toNano(nowMs, this.#definition.epochMs))
    const counted = new Set([...evidence, ...current])
    for (const occurrence of counted) occurrence.counted = true
    const peak = Math.max(evidence.length, current.length)
    group.episode = { ref, peak, total: counted.size }
  }

  #end(group: Group, nowMs: number, reason: ResolveReason): AlertChange[] {
    const episode = group.episode!
    group.episode = undefined
    group.window.close(toNano(nowMs, this.#definition.epochMs))
    if (!episode.ref.rollUp) {
      this.#own -= 1
      return [resolvedChange(episode, nowMs, reason)]
    }
    const rollUp = this.#rollUp!
    rollUp.peak += episode.peak
    rollUp.total += episode.total
    this.#rolledUp -= 1
    if (this.#rolledUp > 0) return []
    this.#rollUp = undefined
    return [resolvedChange(rollUp, nowMs, reason)]
  }
}
