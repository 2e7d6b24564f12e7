import { OUTCOMES, type RequestFacts } from '../../../model/outcome.ts'
import {
  ANNOUNCED_STATES,
  type AnnouncedState,
  type Announcer,
  type GroupValues,
  type OpenBatch,
} from '../../../model/record.ts'
import type { Judgement } from '../../../model/selection.ts'
import { Indexed } from '../indexed.ts'
import type { Announcement } from './announcement.ts'

interface Row {
  readonly announcement: Announcement
  readonly state: AnnouncedState
  readonly isOutermost: boolean
  readonly judgement: Judgement
}

/** Collects announcements that are about requests. */
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
