import type { GroupValues } from '../../model/record.ts'
import type { RuleDefinition } from './definition.ts'
import { Group, NO_COUNTS, type SavedGroup } from './group.ts'
import { OTHER_GROUP, groupName, groupNameKey } from './group-name.ts'

/** The groups of one rule: at most `max_groups`, those beyond share one. */
export class Groups {
  readonly #definition: RuleDefinition
  readonly #groups = new Map<string, Group>()

  constructor(definition: RuleDefinition) {
    this.#definition = definition
  }

  /** The group of these values; a new one, or the shared one if there is no slot left. */
  of(values: GroupValues, nowMs: number): Group {
    const key = groupNameKey(this.#definition, values)
    const found = this.#groups.get(key)
    if (found !== undefined) return found
    const shared = this.other
    const taken = this.#groups.size - (shared === undefined ? 0 : 1)
    if (taken < this.#definition.stage.maxGroups) return this.#create(key, nowMs)
    return shared ?? this.#create(OTHER_GROUP, nowMs)
  }

  /** The group past `max_groups`, if it is needed. */
  get other(): Group | undefined {
    return this.#groups.get(OTHER_GROUP)
  }

  /** Gives back the slots of groups of which nothing is to be remembered. */
  free(nowMs: number): void {
    for (const group of this.#groups.values()) {
      if (group.forgettableFromMs <= nowMs) {
        group.freed = true
        this.#groups.delete(group.name.key)
      }
    }
  }

  restore(saved: SavedGroup, shiftNano: number): void {
    const name = groupName(this.#definition, saved.key)
    this.#groups.set(saved.key, new Group(this.#definition, name, saved, shiftNano))
  }

  /** By key. */
  sorted(): Group[] {
    return Array.from(this.#groups.values()).sort(byKey)
  }

  #create(key: string, nowMs: number): Group {
    const empty: SavedGroup = {
      key,
      counts: NO_COUNTS,
      alert: { state: 'inactive', sinceMs: nowMs, okSeen: 0, flaps: 0 },
      lastRequestMs: nowMs,
      lagMs: 0,
    }
    const group = new Group(this.#definition, groupName(this.#definition, key), empty, 0)
    this.#groups.set(key, group)
    return group
  }
}

/** The order of simultaneous changes of one rule. */
export function byKey(a: Group, b: Group): number {
  return a.name.key < b.name.key ? -1 : 1
}
