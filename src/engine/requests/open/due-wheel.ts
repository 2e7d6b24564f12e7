import { NONE } from '../span-table.ts'

const BUCKET_MS = 1000

interface Bucket {
  first: number
  /** Never later than the earliest in the bucket. */
  earliestMs: number
}

/**
 * When slots fall due, in buckets of a second: adding and moving cost the same for one and for a
 * million. Order within a bucket is made when it is due.
 */
export class DueWheel {
  #dueMs = new Float64Array(1024).fill(Infinity)
  #next = new Int32Array(1024)
  #previous = new Int32Array(1024)
  readonly #buckets = new Map<number, Bucket>()
  /** Numbers of buckets, a binary heap; emptied ones stay until they come up. */
  readonly #heap: number[] = []

  /** Sets when a slot is due, ms; Infinity = never. */
  set(slot: number, dueMs: number): void {
    if (slot >= this.#dueMs.length) this.#grow(slot)
    if (this.#dueMs[slot] === dueMs) return
    this.#take(slot)
    this.#dueMs[slot] = dueMs
    if (dueMs === Infinity) return
    const number = Math.floor(dueMs / BUCKET_MS)
    let bucket = this.#buckets.get(number)
    if (bucket === undefined) {
      bucket = { first: NONE, earliestMs: Infinity }
      this.#buckets.set(number, bucket)
      push(this.#heap, number)
    }
    this.#next[slot] = bucket.first
    this.#previous[slot] = NONE
    if (bucket.first !== NONE) this.#previous[bucket.first] = slot
    bucket.first = slot
    bucket.earliestMs = Math.min(bucket.earliestMs, dueMs)
  }

  /** No later than when the next slot is due, ms; undefined = none ever is. */
  nextMs(): number | undefined {
    for (let number = this.#heap[0]; number !== undefined; number = this.#heap[0]) {
      const bucket = this.#buckets.get(number)
      if (bucket !== undefined && bucket.first !== NONE) return bucket.earliestMs
      this.#buckets.delete(number)
      pop(this.#heap)
    }
    return undefined
  }

  /** Takes out what is due by then, earliest first; `tie` orders what is due at the same time. */
  takeDue(nowMs: number, tie: (a: number, b: number) => number): number[] {
    const due: number[] = []
    for (let next = this.nextMs(); next !== undefined && next <= nowMs; next = this.nextMs()) {
      const bucket = this.#buckets.get(this.#heap[0]!)!
      const taken: number[] = []
      bucket.earliestMs = Infinity
      for (let slot = bucket.first; slot !== NONE; slot = this.#next[slot]!) {
        if (this.#dueMs[slot]! <= nowMs) taken.push(slot)
        else bucket.earliestMs = Math.min(bucket.earliestMs, this.#dueMs[slot]!)
      }
      taken.sort((a, b) => this.#dueMs[a]! - this.#dueMs[b]! || tie(a, b))
      for (const slot of taken) {
        this.#take(slot)
        this.#dueMs[slot] = Infinity
      }
      due.push(...taken)
    }
    return due
  }

  #take(slot: number): void {
    const dueMs = this.#dueMs[slot]!
    if (dueMs === Infinity) return
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (next !== NONE) this.#previous[next] = previous
    if (previous === NONE) this.#buckets.get(Math.floor(dueMs / BUCKET_MS))!.first = next
    else this.#next[previous] = next
  }

  #grow(slot: number): void {
    let capacity = this.#dueMs.length * 2
    while (capacity <= slot) capacity *= 2
    const dueMs = new Float64Array(capacity).fill(Infinity)
    dueMs.set(this.#dueMs)
    this.#dueMs = dueMs
    const next = new Int32Array(capacity)
    next.set(this.#next)
    this.#next = next
    const previous = new Int32Array(capacity)
    previous.set(this.#previous)
    this.#previous = previous
  }
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (heap[above]! <= value) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = value
}

function pop(heap: number[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let below = at * 2 + 1
    if (below + 1 < heap.length && heap[below + 1]! < heap[below]!) below += 1
    if (below >= heap.length || heap[below]! >= last) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = last
}
