import type { AlertChange, AlertStatus } from '../../model/alert.ts'
import type { DecidedRequest } from '../../model/record.ts'
import type { RulesOptions } from '../../model/rule.ts'
import { createRulesCounters } from '../counters.ts'
import type { Rules } from './contract.ts'
import { defineRule } from './definition.ts'
import { toNano } from './event-time.ts'
import type { Group } from './group.ts'
import { type Occurrence, occurrenceOf } from './occurrence.ts'
import { createRuleState, type RuleState } from './rule-state.ts'
import { restoreRules, type SavedRules, saveRules, snapshotOf } from './snapshot.ts'
import { holderOf, isShared, Targets } from './targets.ts'
import { Timeline } from './timeline.ts'

/**
 * Windows, alerts and episodes of one alerting processor.
 *
 * @param epochMs The engine's epoch, to which event times refer, ms since the Unix epoch.
 * @param snapshot From {@link Rules.snapshot}, perhaps of other rules. Throws if it is none.
 */
export function createRules(options: RulesOptions, epochMs: number, snapshot?: unknown): Rules {
  return new RulesStage(options, epochMs, snapshotOf(snapshot))
}

class RulesStage implements Rules {
  readonly counters = createRulesCounters()
  readonly warming: readonly string[]
  readonly #epochMs: number
  readonly #rules: readonly RuleState[]
  readonly #targets: Targets
  readonly #timeline: Timeline
  /** Groups whose alert may change when the entry is settled. */
  readonly #dirty = new Set<Group>()

  constructor(options: RulesOptions, epochMs: number, saved: SavedRules | undefined) {
    this.#epochMs = epochMs
    this.#rules = options.rules.map((_, index) =>
      createRuleState(defineRule(options, index, epochMs)),
    )
    const { warming, timeline } = restoreRules(this.#rules, epochMs, saved)
    this.warming = warming
    this.#targets = new Targets(this.#rules)
    this.#timeline = new Timeline(this.#rules, timeline)
    // Other thresholds may mean another state at once.
    const groups = this.#rules.flatMap((state) => state.groups.sorted())
    this.#timeline.step(groups, new Set())
  }

  observe(
    before: DecidedRequest | undefined,
    after: DecidedRequest | undefined,
    nowMs: number,
  ): void {
    this.#timeline.advanceTo(nowMs)
    const hung = before !== undefined && !before.late && this.#remove(before)
    const hangs = after !== undefined && this.#add(after, before === undefined)
    if (hangs && !hung) this.counters.hangs.ended += 1
    if (hung && !hangs) this.counters.hangsWithdrawn.ended += 1
  }

  settle(nowMs: number): AlertChange[] {
    this.#timeline.advanceTo(nowMs)
    const { timeMs } = this.#timeline
    const groups = [...this.#dirty]
    this.#dirty.clear()
    const completed = new Set(groups.filter((group) => group.condition.update(timeMs)))
    this.#timeline.step(groups, completed)
    for (const { window, definition } of groups) {
      const oldest = toNano(timeMs - definition.historyMs, this.#epochMs)
      this.counters.givenUp += window.trim(oldest, definition.capacity)
    }
    return this.#timeline.handOut()
  }

  advanceTo(nowMs: number): AlertChange[] {
    this.#timeline.advanceTo(nowMs)
    return this.#timeline.handOut()
  }

  restarted(nowMs: number): void {
    this.#timeline.liveSince(nowMs)
  }

  nextWakeMs(): number | undefined {
    const nextMs = this.#timeline.nextWakeMs()
    return nextMs === Infinity ? undefined : nextMs
  }

  status(nowMs: number): AlertStatus[] {
    return this.#rules.flatMap(({ groups }) => groups.sorted().map((group) => group.status(nowMs)))
  }

  snapshot(): unknown {
    return saveRules(this.#rules, this.#epochMs, this.#timeline.save())
  }

  /** @returns whether it hangs for any rule. */
  #add(request: DecidedRequest, isNew: boolean): boolean {
    const { timeMs } = this.#timeline
    let hangs = false
    for (const { group, waitingNano } of this.#targets.of(request.group, timeMs)) {
      const occurrence = request.late
        ? undefined
        : occurrenceOf(group.definition, request, waitingNano)
      if (group.add(request, occurrence, isNew, timeMs)) this.#dirty.add(group)
      if (isNew && isShared(group)) this.counters.overflowed += 1
      hangs ||= isHang(group, occurrence)
    }
    return hangs
  }

  /** @returns whether it was a hang for any rule. */
  #remove(request: DecidedRequest): boolean {
    let hung = false
    for (const target of this.#targets.of(request.group, this.#timeline.timeMs)) {
      const occurrence = occurrenceOf(target.group.definition, request, target.waitingNano)
      const group = holderOf(target, occurrence)
      if (group.remove(request, occurrence)) this.#dirty.add(group)
      hung ||= isHang(group, occurrence)
    }
    return hung
  }
}

function isHang(group: Group, occurrence: Occurrence | undefined): boolean {
  return group.definition.rule.on === 'hangs' && occurrence !== undefined
}
