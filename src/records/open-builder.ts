import { OUTCOMES, type RequestFacts } from '../model/outcome.ts'
import {
  ANNOUNCED_STATES,
  type AnnouncedState,
  type Announcer,
  type GroupValues,
  type OpenBatch,
} from '../model/record.ts'
import type { Judgement } from '../model/selection.ts'
import { Indexed } from './indexed.ts'

/** What a row takes as it is said of the span; see {@link OpenBatch}. */
export interface OpenSpan {
  /** Eight big-endian words: trace, span and parent of the span that is open. */
  readonly ids: readonly number[]
  readonly announcer: Announcer
  /** By the producer's wall clock; 0 = not said. */
  readonly startUnixNano: bigint
  /** By the producer's monotonic clock; -1 = not said. Of one that ended: its duration. */
  readonly ageNano: number
  /** 0 = it promises no further word. */
  readonly heartbeatMs: number
  /** -1 = no progress was seen. */
  readonly progressAgeNano: number
}

interface Row {
  readonly announcement: OpenSpan
  readonly state: AnnouncedState
  readonly isOutermost: boolean
  readonly judgement: Judgement
}

/** Collects open spans that are about requests, as they were announced. */
export class OpenBuilder {
  readonly #rows: Row[] = []

  add(row: Row): void {
    this.#rows.push(row)
  }

  /** Undefined when there are none. */
  build(): OpenBatch | undefined {
    const rows = this.#rows
    if (rows.length === 0) return undefined
    const groups = new Indexed<GroupValues>()
    const facts = new Indexed<RequestFacts>()
    const announcers = new Indexed<Announcer>()
    return {
      count: rows.length,
      ids: Uint32Array.from(rows.flatMap(({ announcement }) => announcement.ids)),
      state: Uint8Array.from(rows, ({ state }) => ANNOUNCED_STATES.indexOf(state)),
      outermost: Uint8Array.from(rows, ({ isOutermost }) => Number(isOutermost)),
      startUnixNano: BigUint64Array.from(rows, ({ announcement }) => announcement.startUnixNano),
      ageNano: Float64Array.from(rows, ({ announcement }) => announcement.ageNano),
      heartbeatMs: Float64Array.from(rows, ({ announcement }) => announcement.heartbeatMs),
      progressAgeNano: Float64Array.from(rows, ({ announcement }) => announcement.progressAgeNano),
      firstChunkNano: Float64Array.from(rows, ({ judgement }) => judgement.firstChunkNano),
      outcome: Uint8Array.from(rows, ({ state, judgement }) =>
        state === 'ended' ? OUTCOMES.indexOf(judgement.outcome) : 0,
      ),
      group: Uint32Array.from(rows, ({ judgement }) => groups.of(judgement.group)),
      fact: Uint32Array.from(rows, ({ judgement }) => facts.of(judgement.facts)),
      announcer: Uint32Array.from(rows, ({ announcement: { announcer } }) =>
        announcers.of(announcer, JSON.stringify(announcer)),
      ),
      groups: groups.list,
      facts: facts.list,
      announcers: announcers.list,
    }
  }
}
