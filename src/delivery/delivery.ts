import type { AlertExporter } from '../model/component.ts'
import type { ChangesEntry, DeliveryEntry, Journal } from '../model/journal.ts'
import type { Telemetry } from '../model/telemetry.ts'
import type { Clock, Delivery, MisconfiguredExporter, PendingEvent } from './contract.ts'
import { Destination } from './destination.ts'
import type { DeliveryPolicy } from './policy.ts'

/** Positions remembered so that a `changes` entry is taken once. */
const MAX_REMEMBERED_POSITIONS = 10_000

export interface DeliveryOptions {
  /** Ids of alert exporters by the id of the processor whose changes they get. */
  readonly routes: ReadonlyMap<string, readonly string[]>
  /** By id. They are started before and shut down after the delivery, by whoever made them. */
  readonly exporters: ReadonlyMap<
    string,
    { readonly exporter: AlertExporter; readonly policy: DeliveryPolicy }
  >
  /** Takes the outcomes. */
  readonly journal: Journal
  readonly clock: Clock
  /** Gives [0, 1): spreads retries. */
  readonly random: () => number
  readonly telemetry: Telemetry['delivery']
}

/**
 * Takes alert changes to the exporters, in order per dedup key, until each is delivered, rejected
 * or dropped; each of these is a `delivery` entry of the journal. Changes and delivery entries met
 * before `start()` are history: what they leave pending is attempted from then on.
 *
 * An event is named by the `cause` of its entry and its index. A processor without a route has no
 * alert exporter; its changes are not kept.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { routes, exporters, journal, clock, random, telemetry } = options
  const taken = new Set<number>()
  const destinations = new Map<string, Destination>()
  for (const [id, { exporter, policy }] of exporters) {
    const destination = { id, exporter, policy, journal, clock, random, telemetry }
    destinations.set(id, new Destination(destination))
  }
  for (const id of [...routes.values()].flat()) {
    if (!destinations.has(id)) throw new Error(`no such alert exporter: ${id}`)
  }

  function accept(position: number, entry: ChangesEntry): void {
    if (taken.has(position)) return
    taken.add(position)
    if (taken.size > MAX_REMEMBERED_POSITIONS) taken.delete(taken.values().next().value!)

    for (const id of routes.get(entry.processor) ?? []) {
      const destination = destinations.get(id)!
      for (const [index, change] of entry.changes.entries()) {
        destination.accept({ position: entry.cause, index }, change, entry.timeMs)
      }
      destination.pump()
    }
  }

  function pending(): readonly PendingEvent[] {
    return [...destinations.values()]
      .flatMap((destination) => [...destination.pending()])
      .sort((a, b) => a.sinceMs - b.sinceMs)
  }

  return {
    accept,
    replay(entry: DeliveryEntry) {
      destinations.get(entry.exporter)?.replay(entry)
    },
    start() {
      for (const destination of destinations.values()) destination.start()
    },
    async shutdown(signal) {
      await Promise.all([...destinations.values()].map((each) => each.shutdown(signal)))
    },
    pending,
    misconfigured() {
      const found: MisconfiguredExporter[] = []
      for (const [exporter, { misconfigured: reason }] of destinations) {
        if (reason !== undefined) found.push({ exporter, reason })
      }
      return found
    },
    oldestPendingMs() {
      const oldest = pending()[0]
      return oldest === undefined ? undefined : Math.max(0, clock.now() - oldest.sinceMs)
    },
  }
}
