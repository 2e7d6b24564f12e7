import type { EpisodeRef } from '../../model/alert.ts'
import type { GroupValues } from '../../model/record.ts'
import type { RuleDefinition } from './definition.ts'
import { NONE, OTHER, groupKey, otherKey } from './dedup-key.ts'

/** Key of the group that stands for all beyond `max_groups`; no list of values is written like it. */
export const OTHER_GROUP = 'other'

/** A group's identity within its rule. */
export interface GroupName {
  /** The values as JSON, null = missing; or {@link OTHER_GROUP}. */
  readonly key: string
  readonly values: EpisodeRef['group']
  readonly dedupKey: string
}

export function groupNameKey({ rule }: RuleDefinition, values: GroupValues): string {
  return JSON.stringify(rule.groupBy.map((at) => values[at] ?? null))
}

export function groupName({ rule, stage }: RuleDefinition, key: string): GroupName {
  const attributes = rule.groupBy.map((at) => stage.groupKeys[at]!)
  if (key === OTHER_GROUP) {
    return {
      key,
      values: attributes.map((attribute) => ({ key: attribute, value: OTHER })),
      dedupKey: otherKey(stage.name, rule.name, attributes.length),
    }
  }
  const parsed: (string | null)[] = JSON.parse(key)
  const values = parsed.map((value) => value ?? undefined)
  return {
    key,
    values: values.map((value, at) => ({ key: attributes[at]!, value: value ?? NONE })),
    dedupKey: groupKey(stage.name, rule.name, values),
  }
}
