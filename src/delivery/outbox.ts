import type { AlertChange } from '../model/alert.ts'
import type { DeliveryEntry, EventId } from '../model/journal.ts'

/** One event on its way to one exporter. */
export interface OutboxEvent {
  readonly id: EventId
  readonly change: AlertChange
  /** Engine's time of the entry that holds it, ms since the Unix epoch. */
  readonly sinceMs: number
  attempts: number
  lastReason: string | undefined
  /** For triggers: an attempt of unknown outcome was made, so an incident may be open. */
  mayHaveOpened: boolean
}

/**
 * What one exporter has not accepted yet: the journal's changes less its delivery entries, in order
 * per dedup key. Pure: no clock, no I/O.
 *
 * Only the first event of a dedup key may be attempted. That alone makes a resolve wait for its
 * trigger, and keeps a trigger of an ended episode from following its resolve.
 */
export class Outbox {
  readonly #lanes = new Map<string, OutboxEvent[]>()
  readonly #pending = new Map<string, OutboxEvent>()
  /** By dedup key: `firedAtMs` of an episode that opened nothing and whose resolve is yet to come. */
  readonly #unopened = new Map<string, number>()
  #unowed: OutboxEvent[] = []

  get size(): number {
    return this.#pending.size
  }

  /** Takes the next change of the journal; one that is pending already is not taken again. */
  accept(id: EventId, change: AlertChange, sinceMs: number): void {
    if (this.#pending.has(nameOf(id))) return
    const event: OutboxEvent = {
      id,
      change,
      sinceMs,
      attempts: 0,
      lastReason: undefined,
      mayHaveOpened: false,
    }
    const { dedupKey, firedAtMs } = change.episode
    this.#pending.set(nameOf(id), event)
    const lane = this.#lanes.get(dedupKey)
    if (lane === undefined) this.#lanes.set(dedupKey, [event])
    else lane.push(event)

    if (change.kind === 'resolved' && this.#unopened.get(dedupKey) === firedAtMs) {
      this.#unowed.push(event)
    }
    this.#unopened.delete(dedupKey)
  }

  /** Takes the final outcome of an event. An outcome counts once: false = it was not pending. */
  settle(id: EventId, result: DeliveryEntry['result'], mayHaveOpened: boolean): boolean {
    const event = this.#pending.get(nameOf(id))
    if (event === undefined) return false
    const { dedupKey, firedAtMs } = event.change.episode
    const lane = this.#lanes.get(dedupKey)!
    const resolve = this.#resolveOf(event)
    this.#pending.delete(nameOf(id))
    lane.splice(lane.indexOf(event), 1)
    if (lane.length === 0) this.#lanes.delete(dedupKey)

    if (event.change.kind === 'firing' && result !== 'delivered' && !mayHaveOpened) {
      if (resolve === undefined) this.#unopened.set(dedupKey, firedAtMs)
      else this.#unowed.push(resolve)
    }
    return true
  }

  /** The event of each dedup key whose turn it is. */
  *heads(): Iterable<OutboxEvent> {
    for (const lane of this.#lanes.values()) yield lane[0]!
  }

  has(dedupKey: string): boolean {
    return this.#lanes.has(dedupKey)
  }

  /** In the order in which they became pending. */
  events(): Iterable<OutboxEvent> {
    return this.#pending.values()
  }

  /** A trigger that its own resolve is waiting behind. */
  isLate(event: OutboxEvent): boolean {
    return this.#resolveOf(event) !== undefined
  }

  /** Resolves nobody needs, since their trigger opened nothing; each is given once. */
  takeUnowed(): readonly OutboxEvent[] {
    const unowed = this.#unowed.filter((event) => this.#pending.has(nameOf(event.id)))
    this.#unowed = []
    return unowed
  }

  /**
   * The trigger to give up when there are too many events: of the oldest episode that is over, else
   * the newest. Never one that may have opened an incident, nor one of those in flight.
   */
  expendable(inFlight: (event: OutboxEvent) => boolean): OutboxEvent | undefined {
    let newest: OutboxEvent | undefined
    for (const event of this.#pending.values()) {
      if (event.change.kind !== 'firing' || event.mayHaveOpened || inFlight(event)) continue
      if (this.isLate(event)) return event
      newest = event
    }
    return newest
  }

  #resolveOf(event: OutboxEvent): OutboxEvent | undefined {
    if (event.change.kind !== 'firing') return undefined
    const { dedupKey, firedAtMs } = event.change.episode
    return this.#lanes
      .get(dedupKey)!
      .find(({ change }) => change.kind === 'resolved' && change.episode.firedAtMs === firedAtMs)
  }
}

function nameOf(id: EventId): string {
  return `${id.position}/${id.index}`
}
