import type { AlertChange, AlertStatus, RuleKind } from '../../model/alert.ts'
import type { KnownRequest } from '../../model/record.ts'
import type { RulesOptions } from '../../model/rule.ts'
import { createRulesCounters } from '../counters.ts'
import type { Rules } from './contract.ts'
import { defineRule } from './definition.ts'
import { ceilMs, toNano } from './event-time.ts'
import type { Group, TakenBack } from './group.ts'
import { HangCounts, isGone } from './hang-counts.ts'
import { occurrenceOf } from './occurrence.ts'
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

/** What was taken back of a request. */
interface Before {
  /** It was a hang for some rule. */
  readonly hung: boolean
  readonly byRule: ReadonlyMap<RuleState, TakenBack>
}

const NEW: Before = { hung: false, byRule: new Map() }

class RulesStage implements Rules {
  readonly counters = createRulesCounters()
  readonly warming: readonly string[]
  readonly #epochMs: number
  readonly #rules: readonly RuleState[]
  readonly #targets: Targets
  readonly #timeline: Timeline
  readonly #hangs: HangCounts
  /** Groups whose alert may change when the entry is settled. */
  readonly #dirty = new Set<Group>()

  constructor(options: RulesOptions, epochMs: number, saved: SavedRules | undefined) {
    this.#epochMs = epochMs
    this.#rules = options.rules.map((_, index) =>
      createRuleState(defineRule(options, index, epochMs)),
    )
    const { warming, timeline, hangs } = restoreRules(this.#rules, epochMs, saved)
    this.warming = warming
    this.#hangs = new HangCounts(this.counters, options.maxEventAgeMs, hangs)
    this.#targets = new Targets(this.#rules)
    this.#timeline = new Timeline(this.#rules, timeline)
    // Other thresholds may mean another state at once.
    const groups = this.#rules.flatMap((state) => state.groups.sorted())
    this.#timeline.step(groups, new Set())
  }

  observe(before: KnownRequest | undefined, after: KnownRequest | undefined, nowMs: number): void {
    this.#passUntil(nowMs)
    const was = before === undefined ? NEW : this.#takeBack(before, isGone(before, after))
    const hangsFromMs = after && this.#add(before, after, was)
    this.#hangs.note(before, was.hung, after, hangsFromMs, this.#timeline.timeMs)
  }

  settle(nowMs: number): AlertChange[] {
    this.#passUntil(nowMs)
    const { timeMs } = this.#timeline
    const groups = [...this.#dirty]
    this.#dirty.clear()
    const completed = new Set(groups.filter((group) => group.condition.update(timeMs)))
    this.#timeline.step(groups, completed)
    for (const { window, definition } of groups) {
      const oldest = toNano(timeMs - definition.historyMs, this.#epochMs)
      const nowNano = toNano(timeMs, this.#epochMs)
      this.counters.givenUp += window.trim(oldest, definition.capacity, nowNano)
    }
    return this.#timeline.handOut()
  }

  advanceTo(nowMs: number): AlertChange[] {
    this.#passUntil(nowMs)
    return this.#timeline.handOut()
  }

  restarted(nowMs: number): void {
    this.#timeline.liveSince(nowMs)
  }

  nextWakeMs(): number | undefined {
    const nextMs = Math.min(this.#timeline.nextWakeMs(), this.#hangs.nextMs)
    return nextMs === Infinity ? undefined : nextMs
  }

  status(nowMs: number): AlertStatus[] {
    return this.#rules.flatMap(({ groups }) => groups.sorted().map((group) => group.status(nowMs)))
  }

  snapshot(): unknown {
    return saveRules(this.#rules, this.#epochMs, this.#timeline.save(), this.#hangs.save())
  }

  #passUntil(nowMs: number): void {
    this.#timeline.advanceTo(nowMs)
    this.#hangs.advanceTo(this.#timeline.timeMs)
  }

  /** @returns when it becomes a hang for the first of the rules, ms; undefined = for none ever. */
  #add(before: KnownRequest | undefined, after: KnownRequest, was: Before): number | undefined {
    const { timeMs } = this.#timeline
    const isLate = after.state === 'ended' && after.late
    const wasOpen = before?.state === 'open' || this.#hangs.wasOpen(after)
    let startNano = Infinity
    for (const { state, group, waitingNano } of this.#targets.of(after.group, timeMs)) {
      const { on } = group.definition.rule
      if (on === 'failures' && after.state === 'open') continue
      // What comes too late makes no hang, but one that was known while it was open has its end.
      const counts = !isLate || (on === 'hangs' && wasOpen)
      const occurrence = counts ? occurrenceOf(group.definition, after, waitingNano) : undefined
      if (before?.state !== 'ended') group.noteActivity(timeMs)
      const changes = group.add(after, occurrence, was.byRule.get(state), timeMs)
      if (changes) this.#dirty.add(group)
      if (isFirst(before, on) && isShared(group)) this.counters.overflowed += 1
      if (on === 'hangs' && occurrence !== undefined) {
        startNano = Math.min(startNano, occurrence.start)
      }
    }
    return startNano === Infinity ? undefined : ceilMs(startNano, this.#epochMs)
  }

  #takeBack(request: KnownRequest, gone: boolean): Before {
    const { timeMs } = this.#timeline
    const byRule = new Map<RuleState, TakenBack>()
    let hung = false
    for (const target of this.#targets.of(request.group, timeMs)) {
      const { definition } = target.group
      if (definition.rule.on === 'failures' && request.state === 'open') continue
      const occurrence = occurrenceOf(definition, request, target.waitingNano)
      const group = holderOf(target, occurrence)
      const taken = group.takeBack(request, occurrence, gone)
      if (taken !== undefined) byRule.set(target.state, taken)
      // Until now it was open.
      if (request.state === 'open') group.noteActivity(timeMs)
      hung ||= definition.rule.on === 'hangs' && occurrence !== undefined
      this.#dirty.add(group)
    }
    return { hung, byRule }
  }
}

/** A rule hears of a request for the first time: failures know none that is open. */
function isFirst(before: KnownRequest | undefined, on: RuleKind): boolean {
  return before === undefined || (on === 'failures' && before.state === 'open')
}
