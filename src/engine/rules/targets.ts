import type { GroupValues } from '../../model/record.ts'
import type { Group } from './group.ts'
import { OTHER_GROUP } from './group-name.ts'
import type { Occurrence } from './occurrence.ts'
import type { RuleState } from './rule-state.ts'

/** Where a request with certain group values counts. */
export interface Target {
  readonly state: RuleState
  readonly group: Group
  /** The waiting time that makes a hang. */
  readonly waitingNano: number
}

/**
 * Finds the group of each rule for group values: by the identity of their array, which senders and
 * batches share, else by value.
 */
export class Targets {
  readonly #rules: readonly RuleState[]
  readonly #known = new WeakMap<GroupValues, readonly Target[]>()

  constructor(rules: readonly RuleState[]) {
    this.#rules = rules
  }

  of(values: GroupValues, nowMs: number): readonly Target[] {
    const known = this.#known.get(values)
    if (known !== undefined && !known.some(({ group }) => group.freed)) return known
    const targets: Target[] = []
    for (const state of this.#rules) {
      const { definition, groups } = state
      if (definition.applies(values)) {
        const group = groups.of(values, nowMs)
        targets.push({ state, group, waitingNano: definition.waitingNanoOf(values) })
      }
    }
    // A group without a slot of its own gets one as soon as there is one, whatever array says so.
    if (!targets.some(({ group }) => isShared(group))) this.#known.set(values, targets)
    return targets
  }
}

/** The group that stands for all past `max_groups`. */
export function isShared(group: Group): boolean {
  return group.name.key === OTHER_GROUP
}

/** Where a request was counted: in the shared group perhaps, when there was no slot yet. */
export function holderOf({ state, group }: Target, occurrence: Occurrence | undefined): Group {
  const { other } = state.groups
  return occurrence !== undefined && other?.window.has(occurrence) === true ? other : group
}
