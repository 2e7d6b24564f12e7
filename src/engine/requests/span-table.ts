/**
 * Spans in typed arrays. A million remembered ids as objects would cost four times the memory and
 * long garbage collections; here a span is a slot, a small integer, and every property a column.
 *
 * Found by (trace id, span id). Spans that are or may become requests are also chained per trace,
 * newest first.
 */

/** "No slot". */
export const NONE = -1

const FIRST_CAPACITY = 1024

/** `seed` guards against chosen collisions; results never depend on it. */
export class SpanTable {
  /** Slots in use. */
  size = 0
  /** 6 words a slot: trace id 0-3, span id 4-5. */
  ids = new Uint32Array(FIRST_CAPACITY * 6)
  /** 2 words a slot. */
  parentIds = new Uint32Array(FIRST_CAPACITY * 2)
  /** ns since the engine's epoch. */
  endNano = new Float64Array(FIRST_CAPACITY)
  durationNano = new Float64Array(FIRST_CAPACITY)
  /** Hash of service and instance. */
  producer = new Int32Array(FIRST_CAPACITY)
  /** Engine's time of arrival, ms. */
  arrivedMs = new Float64Array(FIRST_CAPACITY)
  state = new Uint8Array(FIRST_CAPACITY)
  role = new Uint8Array(FIRST_CAPACITY)
  /** 1 = remembered long: it was bad or slow. */
  notable = new Uint8Array(FIRST_CAPACITY)

  readonly #seed: number
  #capacity = FIRST_CAPACITY
  #fresh = 0
  #free = NONE
  #idBuckets = new Int32Array(FIRST_CAPACITY).fill(NONE)
  #traceBuckets = new Int32Array(FIRST_CAPACITY).fill(NONE)
  /** Next slot in the id bucket; for free slots, the next free one. */
  #idNext = new Int32Array(FIRST_CAPACITY)
  #traceNext = new Int32Array(FIRST_CAPACITY)
  #tracePrevious = new Int32Array(FIRST_CAPACITY)
  #chained = new Uint8Array(FIRST_CAPACITY)

  constructor(seed: number) {
    this.#seed = seed
  }

  find(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    const ids = this.ids
    let slot = this.#idBuckets[this.#idBucket(t0, t1, t2, t3, s0, s1)]!
    while (slot !== NONE) {
      const at = slot * 6
      if (
        ids[at + 5] === s1 &&
        ids[at + 4] === s0 &&
        ids[at + 3] === t3 &&
        ids[at + 2] === t2 &&
        ids[at + 1] === t1 &&
        ids[at] === t0
      ) {
        return slot
      }
      slot = this.#idNext[slot]!
    }
    return NONE
  }

  /** Adds a span that is not there yet; all columns but its ids are zero. */
  add(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    let slot = this.#free
    if (slot === NONE) {
      if (this.#fresh === this.#capacity) this.#grow()
      slot = this.#fresh++
    } else {
      this.#free = this.#idNext[slot]!
    }
    this.size += 1
    const ids = this.ids
    const at = slot * 6
    ids[at] = t0
    ids[at + 1] = t1
    ids[at + 2] = t2
    ids[at + 3] = t3
    ids[at + 4] = s0
    ids[at + 5] = s1
    const bucket = this.#idBucket(t0, t1, t2, t3, s0, s1)
    this.#idNext[slot] = this.#idBuckets[bucket]!
    this.#idBuckets[bucket] = slot
    return slot
  }

  remove(slot: number): void {
    this.unchain(slot)
    const bucket = this.#idBucketOf(slot)
    let at = this.#idBuckets[bucket]!
    if (at === slot) {
      this.#idBuckets[bucket] = this.#idNext[slot]!
    } else {
      while (this.#idNext[at] !== slot) at = this.#idNext[at]!
      this.#idNext[at] = this.#idNext[slot]!
    }
    this.parentIds.fill(0, slot * 2, slot * 2 + 2)
    this.endNano[slot] = 0
    this.durationNano[slot] = 0
    this.producer[slot] = 0
    this.arrivedMs[slot] = 0
    this.state[slot] = 0
    this.role[slot] = 0
    this.notable[slot] = 0
    this.#idNext[slot] = this.#free
    this.#free = slot
    this.size -= 1
  }

  /** Makes the slot one of its trace's requests. */
  chain(slot: number): void {
    if (this.#chained[slot] === 1) return
    this.#chained[slot] = 1
    const bucket = this.#traceBucketOf(slot)
    const first = this.#traceBuckets[bucket]!
    this.#traceNext[slot] = first
    this.#tracePrevious[slot] = NONE
    if (first !== NONE) this.#tracePrevious[first] = slot
    this.#traceBuckets[bucket] = slot
  }

  unchain(slot: number): void {
    if (this.#chained[slot] === 0) return
    this.#chained[slot] = 0
    const next = this.#traceNext[slot]!
    const previous = this.#tracePrevious[slot]!
    if (next !== NONE) this.#tracePrevious[next] = previous
    if (previous === NONE) this.#traceBuckets[this.#traceBucketOf(slot)] = next
    else this.#traceNext[previous] = next
  }

  /** Chained slots, those of one trace oldest first: chaining them again gives the same chains. */
  chained(): readonly number[] {
    const newestFirst: number[] = []
    for (let bucket = 0; bucket < this.#capacity; bucket += 1) {
      for (let at = this.#traceBuckets[bucket]!; at !== NONE; at = this.#traceNext[at]!) {
        newestFirst.push(at)
      }
    }
    return newestFirst.toReversed()
  }

  /** Every slot in use, in no particular order. */
  *slots(): Generator<number> {
    for (let bucket = 0; bucket < this.#capacity; bucket += 1) {
      for (let slot = this.#idBuckets[bucket]!; slot !== NONE; slot = this.#idNext[slot]!) {
        yield slot
      }
    }
  }

  /** First chained slot that may be of the same trace as `slot`; see {@link nextInTrace}. */
  firstInTrace(slot: number): number {
    return this.#traceBuckets[this.#traceBucketOf(slot)]!
  }

  /** The next one; walk on and compare with {@link sameTrace}, since traces share buckets. */
  nextInTrace(slot: number): number {
    return this.#traceNext[slot]!
  }

  /** Nothing else is chained where its trace would be: the common case, told at once. */
  isAloneInTrace(slot: number): boolean {
    return this.firstInTrace(slot) === slot && this.#traceNext[slot] === NONE
  }

  sameTrace(a: number, b: number): boolean {
    const ids = this.ids
    for (let word = 0; word < 4; word += 1) {
      if (ids[a * 6 + word] !== ids[b * 6 + word]) return false
    }
    return true
  }

  #traceHash(t0: number, t1: number, t2: number, t3: number): number {
    let hash = Math.imul(this.#seed ^ t0, 0x9e3779b1)
    hash = Math.imul((hash ^ (hash >>> 15)) + t1, 0x85ebca77)
    hash = Math.imul((hash ^ (hash >>> 13)) + t2, 0xc2b2ae3d)
    return Math.imul((hash ^ (hash >>> 15)) + t3, 0x27d4eb2f)
  }

  #idBucket(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    let hash = this.#traceHash(t0, t1, t2, t3)
    hash = Math.imul((hash ^ (hash >>> 15)) + s0, 0x165667b1)
    hash = Math.imul((hash ^ (hash >>> 13)) + s1, 0x9e3779b1)
    return (hash ^ (hash >>> 16)) & (this.#capacity - 1)
  }

  #idBucketOf(slot: number): number {
    const ids = this.ids
    const at = slot * 6
    return this.#idBucket(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
  }

  #traceBucketOf(slot: number): number {
    const ids = this.ids
    const at = slot * 6
    const hash = this.#traceHash(ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!)
    return (hash ^ (hash >>> 16)) & (this.#capacity - 1)
  }

  /** Only called when every slot is in use. */
  #grow(): void {
    const chained = this.chained()
    const capacity = this.#capacity * 2
    this.#capacity = capacity
    this.ids = grown(this.ids, new Uint32Array(capacity * 6))
    this.parentIds = grown(this.parentIds, new Uint32Array(capacity * 2))
    this.endNano = grown(this.endNano, new Float64Array(capacity))
    this.durationNano = grown(this.durationNano, new Float64Array(capacity))
    this.producer = grown(this.producer, new Int32Array(capacity))
    this.arrivedMs = grown(this.arrivedMs, new Float64Array(capacity))
    this.state = grown(this.state, new Uint8Array(capacity))
    this.role = grown(this.role, new Uint8Array(capacity))
    this.notable = grown(this.notable, new Uint8Array(capacity))
    this.#chained = new Uint8Array(capacity)
    this.#idNext = new Int32Array(capacity)
    this.#traceNext = new Int32Array(capacity)
    this.#tracePrevious = new Int32Array(capacity)
    this.#idBuckets = new Int32Array(capacity).fill(NONE)
    this.#traceBuckets = new Int32Array(capacity).fill(NONE)
    for (let slot = 0; slot < this.#fresh; slot += 1) {
      const bucket = this.#idBucketOf(slot)
      this.#idNext[slot] = this.#idBuckets[bucket]!
      this.#idBuckets[bucket] = slot
    }
    for (const slot of chained) this.chain(slot)
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(old: T, next: T): T {
  next.set(old)
  return next
}
