import { NONE } from '../span-table.ts'

const FIRST_CAPACITY = 1024
/** Open spans of one trace; more cannot be honest, and would make every look-up long. */
const MAX_PER_TRACE = 1000

/**
 * Open spans in typed arrays, about 75 bytes each, so that a million of them cost the collector of
 * garbage nothing. Found by (trace id, span id); a bucket holds whole traces.
 */
export class OpenTable {
  size = 0
  /** 6 words a slot: trace id 0-3, span id 4-5. */
  ids = new Uint32Array(FIRST_CAPACITY * 6)
  /** ns since the engine's epoch, by our clock. */
  startNano = new Float64Array(FIRST_CAPACITY)
  /** When it was last announced, ms. */
  heardMs = new Float64Array(FIRST_CAPACITY)
  /** Index of its announcer. */
  announcer = new Int32Array(FIRST_CAPACITY)
  /** Index of its group and facts. */
  profile = new Int32Array(FIRST_CAPACITY)
  /** Bits of {@link OPEN_FLAG}. */
  flags = new Uint8Array(FIRST_CAPACITY)

  readonly #seed: number
  #capacity = FIRST_CAPACITY
  #fresh = 0
  /** Spans of the trace that was last looked for in vain. */
  #inTrace = 0
  #free = NONE
  #buckets = new Int32Array(FIRST_CAPACITY).fill(NONE)
  #next = new Int32Array(FIRST_CAPACITY)

  /** `seed` guards against chosen collisions; results never depend on it. */
  constructor(seed: number) {
    this.#seed = seed
  }

  find(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    const { ids } = this
    this.#inTrace = 0
    let slot = this.#buckets[this.#bucket(t0, t1, t2, t3)]!
    while (slot !== NONE) {
      const at = slot * 6
      if (ids[at + 3] === t3 && ids[at + 2] === t2 && ids[at + 1] === t1 && ids[at] === t0) {
        if (ids[at + 5] === s1 && ids[at + 4] === s0) return slot
        this.#inTrace += 1
      }
      slot = this.#next[slot]!
    }
    return NONE
  }

  /** Adds a span that {@link find} has just not found; NONE = its trace has too many. */
  add(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    if (this.#inTrace >= MAX_PER_TRACE) return NONE
    let slot = this.#free
    if (slot === NONE) {
      if (this.#fresh === this.#capacity) this.#grow()
      slot = this.#fresh++
    } else {
      this.#free = this.#next[slot]!
    }
    this.size += 1
    const { ids } = this
    const at = slot * 6
    ids[at] = t0
    ids[at + 1] = t1
    ids[at + 2] = t2
    ids[at + 3] = t3
    ids[at + 4] = s0
    ids[at + 5] = s1
    this.#link(slot, this.#bucket(t0, t1, t2, t3))
    return slot
  }

  remove(slot: number): void {
    const bucket = this.#bucketOf(slot)
    let at = this.#buckets[bucket]!
    if (at === slot) {
      this.#buckets[bucket] = this.#next[slot]!
    } else {
      while (this.#next[at] !== slot) at = this.#next[at]!
      this.#next[at] = this.#next[slot]!
    }
    this.flags[slot] = 0
    this.#next[slot] = this.#free
    this.#free = slot
    this.size -= 1
  }

  /** The other open spans of a slot's trace. */
  *inTrace(slot: number): Generator<number> {
    let other = this.#buckets[this.#bucketOf(slot)]!
    for (; other !== NONE; other = this.#next[other]!) {
      if (other !== slot && this.#sameTrace(other, slot)) yield other
    }
  }

  /** Orders slots by their ids: the same whatever happened before. */
  compare(a: number, b: number): number {
    const { ids } = this
    let word = 0
    while (word < 5 && ids[a * 6 + word] === ids[b * 6 + word]) word += 1
    return ids[a * 6 + word]! - ids[b * 6 + word]!
  }

  /** Every slot, in no particular order; none may be added meanwhile. */
  *slots(): Generator<number> {
    for (let bucket = 0; bucket < this.#capacity; bucket += 1) {
      for (let slot = this.#buckets[bucket]!; slot !== NONE;) {
        const next = this.#next[slot]!
        yield slot
        slot = next
      }
    }
  }

  #sameTrace(a: number, b: number): boolean {
    const { ids } = this
    for (let word = 0; word < 4; word += 1) {
      if (ids[a * 6 + word] !== ids[b * 6 + word]) return false
    }
    return true
  }

  #bucket(t0: number, t1: number, t2: number, t3: number): number {
    let hash = Math.imul(this.#seed ^ t0, 0x9e3779b1)
    hash = Math.imul((hash ^ (hash >>> 15)) + t1, 0x85ebca77)
    hash = Math.imul((hash ^ (hash >>> 13)) + t2, 0xc2b2ae3d)
    hash = Math.imul((hash ^ (hash >>> 15)) + t3, 0x27d4eb2f)
    return (hash ^ (hash >>> 16)) & (this.#capacity - 1)
  }

  #bucketOf(slot: number): number {
    const { ids } = this
    const at = slot * 6
    return this.#bucket(ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!)
  }

  #link(slot: number, bucket: number): void {
    this.#next[slot] = this.#buckets[bucket]!
    this.#buckets[bucket] = slot
  }

  /** Only called when every slot is in use. */
  #grow(): void {
    const capacity = this.#capacity * 2
    this.#capacity = capacity
    const ids = new Uint32Array(capacity * 6)
    ids.set(this.ids)
    this.ids = ids
    this.startNano = wider(this.startNano, capacity)
    this.heardMs = wider(this.heardMs, capacity)
    const announcer = new Int32Array(capacity)
    announcer.set(this.announcer)
    this.announcer = announcer
    const profile = new Int32Array(capacity)
    profile.set(this.profile)
    this.profile = profile
    const flags = new Uint8Array(capacity)
    flags.set(this.flags)
    this.flags = flags
    this.#next = new Int32Array(capacity)
    this.#buckets = new Int32Array(capacity).fill(NONE)
    for (let slot = 0; slot < this.#fresh; slot += 1) this.#link(slot, this.#bucketOf(slot))
  }
}

function wider(old: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(capacity)
  next.set(old)
  return next
}

/** What is known of an open span beside its columns. */
export const OPEN_FLAG = {
  /** Its producer says that it is the request. */
  outermost: 1,
  /** It is an attempt inside another open span. */
  attempt: 2,
  /** Its lease ended, its instance lives. */
  lost: 4,
  /** Older than `max_open_age`: no longer counted. */
  leaked: 8,
  /** Its process was not heard of when it should have been, so it may have ended: it must be heard of. */
  doubted: 16,
} as const
