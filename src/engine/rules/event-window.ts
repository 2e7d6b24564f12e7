import { byEnd, byStart, type Occurrence } from './occurrence.ts'
import { readOccurrence, saveOccurrence, type SavedOccurrence } from './saved-occurrence.ts'
import { firstIndex, SortedList } from './sorted-list.ts'

export interface SavedWindow {
  readonly occurrences: readonly SavedOccurrence[]
  /** null = some that have not ended were given up. */
  readonly lostEnd?: number | null
}

/**
 * The failures or hangs of one group in event time. At event time t those count that meet
 * (t - length, t]. What has left the window is kept for a while, because what arrives late may
 * complete a burst of the past; what has not started yet waits for its time.
 */
export class EventWindow {
  readonly #length: number
  /** Both orders are of events: the order of arrival leaves no trace. */
  readonly #byEnd: SortedList<Occurrence>
  readonly #byStart: SortedList<Occurrence>
  /** Added since the last {@link forgetFresh}, and news. */
  readonly #fresh = new Set<Occurrence>()
  /** Newest end among those given up for want of room; Infinity = there are some that had none. */
  #lostEnd: number

  /** `shiftNano` brings the event times of a snapshot to our epoch. */
  constructor(lengthNano: number, saved: SavedWindow, shiftNano: number) {
    const { lostEnd = -Infinity } = saved
    this.#length = lengthNano
    this.#lostEnd = (lostEnd ?? Infinity) + shiftNano
    const occurrences = saved.occurrences.map((one) => readOccurrence(one, shiftNano))
    this.#byEnd = new SortedList(byEnd, occurrences)
    this.#byStart = new SortedList(byStart, occurrences)
  }

  get size(): number {
    return this.#byEnd.items.length
  }

  /** The newest end; -Infinity = it is empty. */
  get newestEnd(): number {
    return this.#byEnd.items.at(-1)?.end ?? -Infinity
  }

  has(occurrence: Occurrence): boolean {
    return this.#byEnd.find(occurrence) !== undefined
  }

  /** `fresh`: it may complete a burst of the past. False: it was there already. */
  add(occurrence: Occurrence, fresh: boolean): boolean {
    if (this.has(occurrence)) return false
    this.#byEnd.add(occurrence)
    this.#byStart.add(occurrence)
    if (fresh) this.#fresh.add(occurrence)
    return true
  }

  /** What was kept of the same request, if it was, and whether it was fresh. */
  remove(occurrence: Occurrence): { known: Occurrence; fresh: boolean } | undefined {
    const known = this.#byEnd.find(occurrence)
    if (known === undefined) return undefined
    this.#byEnd.remove([known])
    this.#byStart.remove([known])
    return { known, fresh: this.#fresh.delete(known) }
  }

  /** How many count at an event time. */
  countAt(nano: number): number {
    // Whatever has left the window has started too, so the difference is exact.
    return this.#startedBy(nano) - this.#endedBy(nano - this.#length)
  }

  /** Those that count at an event time, by end. */
  at(nano: number): Occurrence[] {
    return this.#byEnd.items
      .slice(this.#endedBy(nano - this.#length))
      .filter(({ start }) => start <= nano)
  }

  /** Those that started after one event time and no later than another, by start. */
  startedBetween(after: number, until: number): readonly Occurrence[] {
    return this.#byStart.items.slice(this.#startedBy(after), this.#startedBy(until))
  }

  /** When the nth after an event time starts; Infinity = there are not so many. */
  nthStart(nano: number, nth: number): number {
    return this.#byStart.items[this.#startedBy(nano) + nth - 1]?.start ?? Infinity
  }

  /**
   * When the nth after an event time leaves the window; Infinity = not as far as is known. There must
   * be so many.
   */
  nthLeave(nano: number, nth: number): number {
    return this.#byEnd.items[this.#endedBy(nano - this.#length) + nth - 1]!.end + this.#length
  }

  /** Some that would count were given up. */
  isCutAt(nano: number): boolean {
    return this.#lostEnd > nano - this.#length
  }

  /**
   * The newest end of a time for which `holds` and at which something fresh counts: a burst that was
   * completed by what came last, wherever in that time it lies.
   */
  newestFreshBurst(
    fromNano: number,
    untilNano: number,
    holds: (nano: number) => boolean,
  ): number | undefined {
    const starts = Array.from(this.#fresh, ({ start }) => start).sort(ascending)
    const ends = Array.from(this.#fresh, ({ end }) => end).sort(ascending)
    const oldest = Math.max(fromNano, starts[0] ?? Infinity)
    for (let at = this.#endedBy(untilNano) - 1; at >= 0; at -= 1) {
      const { end } = this.#byEnd.items[at]!
      if (end < oldest) return undefined
      const fresh = upperBound(starts, end) - upperBound(ends, end - this.#length)
      if (fresh > 0 && holds(end)) return end
    }
    return undefined
  }

  forgetFresh(): void {
    this.#fresh.clear()
  }

  /**
   * Gives up what ended at or before `nano`, and beyond `capacity` the oldest ends, of those that have
   * none the newest starts; says how many of those.
   */
  trim(nano: number, capacity: number, nowNano: number): number {
    this.#shift(this.#endedBy(nano))
    const over = Math.max(0, this.size - capacity)
    if (over > 0) this.#lostEnd = Math.max(this.#lostEnd, this.#byEnd.items[over - 1]!.end)
    this.#shift(over)
    // Those that had no end were younger than all that are left: nobody knows, but they may be over.
    if (this.#lostEnd === Infinity && this.newestEnd < Infinity) this.#lostEnd = nowNano
    return over
  }

  /** After an episode: what has left the window is used up, and nothing is counted any more. */
  close(nowNano: number): void {
    this.#shift(this.#endedBy(nowNano - this.#length))
    for (const occurrence of this.#byEnd.items) occurrence.counted = false
  }

  save(): SavedWindow {
    const occurrences = this.#byEnd.items.map(saveOccurrence)
    if (this.#lostEnd === -Infinity) return { occurrences }
    return { occurrences, lostEnd: this.#lostEnd === Infinity ? null : this.#lostEnd }
  }

  #shift(count: number): void {
    this.#byStart.remove(this.#byEnd.shift(count))
  }

  /** How many started at or before an event time. */
  #startedBy(nano: number): number {
    return this.#byStart.firstIndex(({ start }) => start > nano)
  }

  /** How many ended at or before an event time. */
  #endedBy(nano: number): number {
    return this.#byEnd.firstIndex(({ end }) => end > nano)
  }
}

const ascending = (a: number, b: number) => a - b

/** How many of a sorted list are at most `value`. */
function upperBound(sorted: readonly number[], value: number): number {
  return firstIndex(sorted, (one) => one > value)
}
