import type { Clock } from '../model/clock.ts'
import type { PendingEvent } from '../model/delivery.ts'
import type { ChangesEntry, DeliveryEntry } from '../model/journal.ts'

/** Takes alert changes to the exporters, in order per dedup key, until each is done. */
export interface Delivery {
  /** New changes at their journal position; call once they are committed, and for each on replay. */
  accept(position: number, entry: ChangesEntry): void
  /** A delivery entry met on replay. */
  replay(entry: DeliveryEntry): void
  start(): void
  /**
   * Makes one last attempt at once of each pending event whose turn it is, waits for those in flight
   * until the signal aborts them, and stops; what is pending then stays pending. Back-offs are cut
   * short; the order of a dedup key, the rate budget, a destination that asked for a pause and a
   * refused key are respected.
   */
  shutdown(signal: AbortSignal): Promise<void>
  /** Not yet accepted by their exporter; oldest first. */
  pending(): readonly PendingEvent[]
  /** Exporters whose destination is set up wrongly (a refused key): no page gets through them. */
  misconfigured(): readonly MisconfiguredExporter[]
  /** How long the oldest pending event has waited, ms; undefined = nothing is pending. */
  oldestPendingMs(): number | undefined
}

export interface MisconfiguredExporter {
  readonly exporter: string
  readonly reason: string
}

export type { Clock, PendingEvent }
