import type { RequestFacts } from '../../../model/outcome.ts'
import type { GroupValues, OpenBatch } from '../../../model/record.ts'
import { announcerKey } from './announcers.ts'

/** Tells groups and facts apart. */
export function profileKey(group: GroupValues, facts: RequestFacts): string {
  return JSON.stringify([group, facts])
}

/** Keys of shared values, made once a batch: its rows have few groups, facts and announcers. */
export class BatchKeys {
  readonly #batch: OpenBatch
  readonly #announcers: string[] = []
  /** By index of facts, then of group. */
  readonly #profiles: string[][] = []

  constructor(batch: OpenBatch) {
    this.#batch = batch
  }

  announcer(index: number): string {
    return (this.#announcers[index] ??= announcerKey(this.#batch.announcers[index]!))
  }

  profile(row: number): string {
    const { group, fact, groups, facts } = this.#batch
    const byGroup = (this.#profiles[fact[row]!] ??= [])
    return (byGroup[group[row]!] ??= profileKey(groups[group[row]!]!, facts[fact[row]!]!))
  }
}
