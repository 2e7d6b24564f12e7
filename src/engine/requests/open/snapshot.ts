import type { RequestFacts } from '../../../model/outcome.ts'
import type { OpenRequest } from '../../../model/record.ts'
import { fromStored, fromStoredOpen, store, storeIds, type Stored } from '../stored.ts'
import type { KnownAnnouncer } from './announcers.ts'
import type { StoredClosed } from './closed-spans.ts'
import type { OpenState, RestoredSpan } from './open-state.ts'

/** One open span; announcer and profile by their positions. */
interface StoredOpenSpan extends RestoredSpan {
  readonly announcerAt: number
  readonly profileAt: number
  readonly told?: Stored<OpenRequest>
}

/** Everything {@link OpenState} knows, as plain JSON. */
export interface OpenSnapshot {
  readonly announcers: readonly KnownAnnouncer[]
  readonly profiles: readonly {
    readonly group: readonly (string | null)[]
    readonly facts: RequestFacts
  }[]
  readonly spans: readonly StoredOpenSpan[]
  readonly closed: readonly StoredClosed[]
}

export function snapshotOpen(open: OpenState): OpenSnapshot {
  const { table } = open
  const announcers = positionsOf(open.announcers.values())
  const profiles = positionsOf(open.profiles.values())
  return {
    announcers: announcers.values.map((of) => ({ ...of })),
    profiles: profiles.values.map(store),
    spans: [...table.slots()].map((slot) => {
      const progress = open.progress.seen(slot)
      const told = open.told.get(slot)
      return {
        ids: storeIds(table.ids, slot),
        startNano: table.startNano[slot]!,
        heardMs: table.heardMs[slot]!,
        flags: table.flags[slot]!,
        announcerAt: announcers.at.get(table.announcer[slot]!)!,
        profileAt: profiles.at.get(table.profile[slot]!)!,
        ...(progress === undefined ? {} : { progress }),
        ...(told === undefined ? {} : { told: store(told) }),
      }
    }),
    closed: open.closed.snapshot(),
  }
}

/** Fills empty open spans. */
export function restoreOpen(open: OpenState, snapshot: OpenSnapshot): void {
  for (const [ids, closedMs] of snapshot.closed) open.closed.add(...ids, closedMs)
  // Lists of spans are kept in the order in which they were heard of.
  for (const span of snapshot.spans.toSorted((a, b) => a.heardMs - b.heardMs)) {
    const profile = snapshot.profiles[span.profileAt]!
    const slot = open.restore(span, snapshot.announcers[span.announcerAt]!, {
      group: fromStored(profile.group),
      facts: profile.facts,
    })
    if (span.told !== undefined) open.told.set(slot, fromStoredOpen(span.told))
    open.schedule(slot)
  }
}

function positionsOf<T>(indexed: Iterable<readonly [number, T]>): {
  readonly values: readonly T[]
  readonly at: ReadonlyMap<number, number>
} {
  const values: T[] = []
  const at = new Map<number, number>()
  for (const [index, value] of indexed) at.set(index, values.push(value) - 1)
  return { values, at }
}
