import type { CountedRequest, Occurrence } from './occurrence.ts'

type SavedOccurrence = readonly [
  start: number,
  end: number,
  waitingNano: number,
  counted: 0 | 1,
  request: CountedRequest,
]

export interface SavedWindow {
  readonly occurrences: readonly SavedOccurrence[]
  readonly lostEnd?: number
}

/** So many are taken out of a sorted list one by one; more, by going through it once. */
const FEW = 16

/**
 * The failures or hangs of one group in event time, sorted by their end. At event time t those count
 * that meet (t - length, t]. What has left the window is kept for a while, because what arrives late
 * may complete a burst of the past.
 */
export class EventWindow {
  readonly #length: number
  /** By end, then by ids: the order of arrival leaves no trace. */
  #occurrences: Occurrence[]
  #starts: number[]
  /** Added since the last {@link forgetFresh}. */
  readonly #fresh = new Set<Occurrence>()
  /** Newest end among those given up for want of room. */
  #lostEnd: number

  /** `shiftNano` brings the event times of a snapshot to our epoch. */
  constructor(lengthNano: number, saved: SavedWindow, shiftNano: number) {
    this.#length = lengthNano
    this.#lostEnd = (saved.lostEnd ?? -Infinity) + shiftNano
    this.#occurrences = saved.occurrences.map(([start, end, waitingNano, counted, request]) => ({
      start: start + shiftNano,
      end: end + shiftNano,
      waitingNano,
      request,
      counted: counted === 1,
    }))
    this.#starts = this.#occurrences.map(({ start }) => start).sort(ascending)
  }

  get size(): number {
    return this.#occurrences.length
  }

  /** The nth newest end; there must be so many. */
  end(nth: number): number {
    return this.#occurrences.at(-nth)!.end
  }

  has(occurrence: Occurrence): boolean {
    const found = this.#occurrences[this.#position(occurrence)]
    return found !== undefined && compare(found, occurrence) === 0
  }

  /** False: it was there already. */
  add(occurrence: Occurrence): boolean {
    if (this.has(occurrence)) return false
    const at = this.#position(occurrence)
    insert(this.#occurrences, at, occurrence)
    insert(this.#starts, upperBound(this.#starts, occurrence.start), occurrence.start)
    this.#fresh.add(occurrence)
    return true
  }

  /** What was kept of the same request, if it was. */
  remove(occurrence: Occurrence): Occurrence | undefined {
    if (!this.has(occurrence)) return undefined
    const found = this.#occurrences.splice(this.#position(occurrence), 1)[0]!
    this.#dropStart(found.start)
    this.#fresh.delete(found)
    return found
  }

  /** How many count at an event time. */
  countAt(nano: number): number {
    // Whatever has ended so long ago has started too, so the difference is exact.
    return upperBound(this.#starts, nano) - this.#endedBy(nano - this.#length)
  }

  /** Those that count at an event time, by end. */
  at(nano: number): Occurrence[] {
    return this.#occurrences
      .slice(this.#endedBy(nano - this.#length))
      .filter(({ start }) => start <= nano)
  }

  /** Some that would count were given up. */
  isCutAt(nano: number): boolean {
    return this.#lostEnd > nano - this.#length
  }

  /**
   * The newest end for which `holds` and at which something fresh counts: a burst that was completed
   * by what came last, wherever in time it lies.
   */
  newestFreshBurst(holds: (nano: number) => boolean): number | undefined {
    const starts = Array.from(this.#fresh, ({ start }) => start).sort(ascending)
    const ends = Array.from(this.#fresh, ({ end }) => end).sort(ascending)
    const oldest = starts[0] ?? Infinity
    for (let at = this.#occurrences.length - 1; at >= 0; at -= 1) {
      const { end } = this.#occurrences[at]!
      if (end < oldest) return undefined
      const fresh = upperBound(starts, end) - upperBound(ends, end - this.#length)
      if (fresh > 0 && holds(end)) return end
    }
    return undefined
  }

  forgetFresh(): void {
    this.#fresh.clear()
  }

  /** Gives up what ended at or before `nano`, and the oldest beyond `capacity`; says how many of those. */
  trim(nano: number, capacity: number): number {
    this.#dropOldest(this.#endedBy(nano))
    const over = this.#occurrences.length - capacity
    if (over <= 0) return 0
    this.#lostEnd = Math.max(this.#lostEnd, this.#occurrences[over - 1]!.end)
    this.#dropOldest(over)
    return over
  }

  /** After an episode: what has left the window is used up, and nothing is counted any more. */
  close(nowNano: number): void {
    this.#dropOldest(this.#endedBy(nowNano - this.#length))
    for (const occurrence of this.#occurrences) occurrence.counted = false
  }

  save(): SavedWindow {
    const occurrences = this.#occurrences.map(
      ({ start, end, waitingNano, counted, request }): SavedOccurrence => {
        const { traceId, spanId, facts, service } = request
        return [start, end, waitingNano, counted ? 1 : 0, { traceId, spanId, facts, service }]
      },
    )
    return this.#lostEnd === -Infinity ? { occurrences } : { occurrences, lostEnd: this.#lostEnd }
  }

  #dropOldest(count: number): void {
    const dropped = this.#occurrences.splice(0, count).map(({ start }) => start)
    if (count <= FEW) {
      for (const start of dropped) this.#dropStart(start)
      return
    }
    dropped.sort(ascending)
    let next = 0
    this.#starts = this.#starts.filter((start) => {
      if (start !== dropped[next]) return true
      next += 1
      return false
    })
  }

  #dropStart(start: number): void {
    this.#starts.splice(upperBound(this.#starts, start) - 1, 1)
  }

  /** How many ended at or before an event time. */
  #endedBy(nano: number): number {
    return firstIndex(this.#occurrences.length, (at) => this.#occurrences[at]!.end > nano)
  }

  #position(occurrence: Occurrence): number {
    return firstIndex(
      this.#occurrences.length,
      (at) => compare(this.#occurrences[at]!, occurrence) >= 0,
    )
  }
}

function compare(a: Occurrence, b: Occurrence): number {
  return (
    a.end - b.end ||
    byText(a.request.traceId, b.request.traceId) ||
    byText(a.request.spanId, b.request.spanId)
  )
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

const ascending = (a: number, b: number) => a - b

/** How many of a sorted list are at most `value`. */
function upperBound(sorted: readonly number[], value: number): number {
  return firstIndex(sorted.length, (at) => sorted[at]! > value)
}

/** The first index from which a test holds on; `length` if it never does. New ones come last mostly. */
function firstIndex(length: number, test: (at: number) => boolean): number {
  let low = 0
  let high = length
  if (high > 0 && !test(high - 1)) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function insert<T>(list: T[], at: number, item: T): void {
  if (at === list.length) list.push(item)
  else list.splice(at, 0, item)
}
