import type { RuleDefinition } from './definition.ts'
import { Episodes } from './episodes.ts'
import { Groups } from './groups.ts'

/** What one rule remembers. */
export interface RuleState {
  readonly definition: RuleDefinition
  readonly groups: Groups
  readonly episodes: Episodes
}

export function createRuleState(definition: RuleDefinition): RuleState {
  return { definition, groups: new Groups(definition), episodes: new Episodes(definition) }
}
