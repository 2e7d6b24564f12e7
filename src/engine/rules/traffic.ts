/** Buckets a window. A bucket counts as long as any part of it is in the window. */
const BUCKETS_PER_WINDOW = 60
/** So many windows of history are kept at most. */
const MAX_WINDOWS = 10

export type TrafficKind = 'ok' | 'failed' | 'late'

interface Bucket {
  /** Number of the bucket: its begin, in widths since the Unix epoch. */
  readonly at: number
  ok: number
  failed: number
  late: number
}

export type SavedTraffic = readonly (readonly [
  at: number,
  ok: number,
  failed: number,
  late: number,
])[]

/**
 * How many requests of a group ended ok or failed, in buckets of a sixtieth of the window: what
 * ratios are made of. There is no bound on their number, other than for the exact failures. Late
 * requests are counted by their arrival.
 */
export class Traffic {
  readonly #windowMs: number
  readonly #widthMs: number
  readonly #keep: number
  /** By time. */
  readonly #buckets: Bucket[]

  constructor(windowMs: number, historyMs: number, saved: SavedTraffic = []) {
    this.#windowMs = windowMs
    this.#widthMs = Math.max(1, Math.floor(windowMs / BUCKETS_PER_WINDOW))
    this.#keep = Math.ceil(Math.min(historyMs, windowMs * MAX_WINDOWS) / this.#widthMs) + 1
    this.#buckets = saved.map(([at, ok, failed, late]) => ({ at, ok, failed, late }))
  }

  add(kind: TrafficKind, timeMs: number): void {
    const at = Math.floor(timeMs / this.#widthMs)
    const last = this.#buckets.at(-1)
    if (last !== undefined && last.at === at) last[kind] += 1
    else this.#bucket(at)[kind] += 1
  }

  /** Takes one back; false: there is none. */
  subtract(kind: TrafficKind, timeMs: number): boolean {
    const at = Math.floor(timeMs / this.#widthMs)
    const bucket = this.#buckets.find((candidate) => candidate.at === at)
    if (bucket === undefined || bucket[kind] === 0) return false
    bucket[kind] -= 1
    return true
  }

  /** The sums of the window that ends at `timeMs`. */
  at(timeMs: number): { readonly ok: number; readonly failed: number; readonly late: number } {
    const sum = { ok: 0, failed: 0, late: 0 }
    for (let index = this.#buckets.length - 1; index >= 0; index -= 1) {
      const bucket = this.#buckets[index]!
      if (this.#leaveMs(bucket) <= timeMs) break
      if (bucket.at * this.#widthMs > timeMs) continue
      sum.ok += bucket.ok
      sum.failed += bucket.failed
      sum.late += bucket.late
    }
    return sum
  }

  /** Whether the window that ends at `timeMs` is still known as a whole. */
  knows(timeMs: number, nowMs: number): boolean {
    return timeMs > nowMs - this.#windowMs * (MAX_WINDOWS - 1)
  }

  /** When the next bucket leaves the window, after `nowMs`; Infinity = never. */
  nextLeaveMs(nowMs: number): number {
    const next = this.#buckets.find((bucket) => this.#leaveMs(bucket) > nowMs)
    return next === undefined ? Infinity : this.#leaveMs(next)
  }

  /** When the last bucket leaves the window. */
  lastLeaveMs(): number {
    const last = this.#buckets.at(-1)
    return last === undefined ? -Infinity : this.#leaveMs(last)
  }

  save(): SavedTraffic {
    return this.#buckets.map(({ at, ok, failed, late }) => [at, ok, failed, late])
  }

  #leaveMs(bucket: Bucket): number {
    return (bucket.at + 1) * this.#widthMs + this.#windowMs
  }

  #bucket(at: number): Bucket {
    let index = this.#buckets.length
    while (index > 0 && this.#buckets[index - 1]!.at > at) index -= 1
    const found = this.#buckets[index - 1]
    if (found?.at === at) return found
    const bucket = { at, ok: 0, failed: 0, late: 0 }
    this.#buckets.splice(index, 0, bucket)
    const newest = this.#buckets.at(-1)!.at
    while (this.#buckets[0]!.at < newest - this.#keep) this.#buckets.shift()
    return bucket
  }
}
