import type { AlertChange } from '../../model/alert.ts'
import { type Orphan, resolvedChange } from './episode.ts'
import type { Resolved } from './episodes.ts'
import type { Group } from './group.ts'
import { byKey } from './groups.ts'
import type { RuleState } from './rule-state.ts'
import { Wakes } from './wakes.ts'

/** Slots of forgotten groups are given back at whole seconds, so that when does not depend on steps. */
const FREE_EVERY_MS = 1000

const NOTHING: ReadonlySet<Group> = new Set()

export interface SavedTimeline {
  readonly timeMs: number
  readonly liveSinceMs: number
  readonly orphans: readonly Orphan[]
  /** Not yet handed out. */
  readonly changes: readonly AlertChange[]
}

/** Steps alerts at their moments, in the order of time, and gathers what changes. */
export class Timeline {
  readonly #rules: readonly RuleState[]
  readonly #wakes = new Wakes<Group>()
  #timeMs: number
  #liveSinceMs: number
  #orphans: readonly Orphan[]
  #changes: AlertChange[]

  constructor(rules: readonly RuleState[], saved: SavedTimeline) {
    this.#rules = rules
    this.#timeMs = saved.timeMs
    this.#liveSinceMs = saved.liveSinceMs
    this.#orphans = saved.orphans
    this.#changes = [...saved.changes]
  }

  get timeMs(): number {
    return this.#timeMs
  }

  /** Nothing resolves before a window of data after this time. */
  liveSince(timeMs: number): void {
    this.#liveSinceMs = timeMs
  }

  /** Lets time pass; a time that lies before the last one counts as that. */
  advanceTo(nowMs: number): void {
    if (nowMs <= this.#timeMs) return
    this.#drain(nowMs)
    const freed = Math.floor(this.#timeMs / FREE_EVERY_MS)
    const second = Math.floor(nowMs / FREE_EVERY_MS)
    this.#timeMs = nowMs
    if (second === freed) return
    for (const { groups } of this.#rules) groups.free(second * FREE_EVERY_MS)
  }

  /**
   * Steps groups now, and whatever follows at once. `completed`: those to which the last entry brought
   * a burst of the past. The order of `groups` does not matter.
   */
  step(groups: readonly Group[], completed: ReadonlySet<Group>): void {
    this.#moment(this.#timeMs, groups, completed)
    this.#drain(this.#timeMs)
  }

  handOut(): AlertChange[] {
    const changes = this.#changes
    this.#changes = []
    return changes
  }

  /** When a change may happen by time alone; Infinity = never. */
  nextWakeMs(): number {
    if (this.#changes.length > 0) return this.#timeMs
    for (let group = this.#wakes.nextGroup; group !== undefined; group = this.#wakes.nextGroup) {
      // What was asked for may have become too early: a host shall not be woken for nothing.
      if (this.#nextStepMs(group, this.#timeMs) <= this.#wakes.nextMs) break
      this.#wakes.take()
      this.#wakes.add(group, this.#nextStepMs(group, this.#timeMs))
    }
    return Math.min(this.#wakes.nextMs, ...this.#orphans.map(({ resolveAtMs }) => resolveAtMs))
  }

  save(): SavedTimeline {
    return {
      timeMs: this.#timeMs,
      liveSinceMs: this.#liveSinceMs,
      orphans: this.#orphans,
      changes: [...this.#changes],
    }
  }

  /** Everything that time alone does up to `untilMs`, each at its own moment. */
  #drain(untilMs: number): void {
    while (this.#wakes.nextMs <= untilMs) {
      const timeMs = this.#wakes.nextMs
      const groups: Group[] = []
      while (this.#wakes.nextMs === timeMs) {
        const group = this.#wakes.take()
        if (group !== undefined) groups.push(group)
      }
      this.#moment(timeMs, groups, NOTHING)
    }
    const due = this.#orphans.filter(({ resolveAtMs }) => resolveAtMs <= untilMs)
    if (due.length === 0) return
    this.#orphans = this.#orphans.filter(({ resolveAtMs }) => resolveAtMs > untilMs)
    this.#changes.push(...due.map((one) => resolvedChange(one, one.resolveAtMs, 'rule_removed')))
    this.#changes.sort((a, b) => changedAtMs(a) - changedAtMs(b))
  }

  #moment(timeMs: number, moved: readonly Group[], completed: ReadonlySet<Group>): void {
    const groups = moved.toSorted((a, b) => a.definition.index - b.definition.index || byKey(a, b))
    const fired: Group[] = []
    const resolved: Resolved[] = []
    for (const group of groups) {
      const reason = group.resolveReason
      const change = group.step(timeMs, completed.has(group), this.#liveSinceMs)
      if (change === 'fired') fired.push(group)
      if (change === 'resolved') resolved.push({ group, reason })
    }
    if (fired.length + resolved.length > 0) this.#settle(timeMs, resolved, fired)
    for (const group of groups) this.#wakes.add(group, this.#nextStepMs(group, timeMs))
  }

  #settle(timeMs: number, resolved: readonly Resolved[], fired: readonly Group[]): void {
    for (const { definition, episodes } of this.#rules) {
      const mine = (group: Group) => group.definition === definition
      const changes = episodes.settle(
        timeMs,
        resolved.filter(({ group }) => mine(group)),
        fired.filter(mine),
      )
      this.#changes.push(...changes)
      // An incident with a living owner again is not resolved for the rule that is gone.
      const keys = new Set(changes.map(({ episode }) => episode.dedupKey))
      this.#orphans = this.#orphans.filter(({ ref }) => !keys.has(ref.dedupKey))
    }
  }

  #nextStepMs(group: Group, nowMs: number): number {
    return group.nextStepMs(nowMs, this.#liveSinceMs)
  }
}

function changedAtMs(change: AlertChange): number {
  return change.kind === 'firing' ? change.episode.firedAtMs : change.resolvedAtMs
}
