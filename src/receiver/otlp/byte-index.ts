import { randomBytes } from 'node:crypto'
import { sameBytes } from './bytes.ts'

export interface ByteIndexLimits {
  readonly entries: number
  /** All entries together. */
  readonly bytes: number
}

/** Bounds what an attacker gains by entries whose hashes collide. */
const MAX_PROBES = 16

/**
 * Numbers byte strings 0, 1, 2 ... and finds them again, with no object per look-up. Entries are
 * never removed. A `tag` below 4 keeps entries of the same bytes apart.
 */
export class ByteIndex {
  readonly #limits: ByteIndexLimits
  readonly #seed = randomBytes(4).readUInt32LE()
  #count = 0
  /** Four words an entry: its hash, its length * 4 + tag, where its bytes lie; the last is unused. */
  #entries = new Uint32Array(2_048)
  /** Open addressing; a slot holds the number of an entry + 1. */
  #slots = new Uint32Array(1_024)
  #store = Buffer.alloc(16_384)
  #storeView = viewOf(this.#store)
  #stored = 0

  constructor(limits: ByteIndexLimits) {
    this.#limits = limits
  }

  /** The number of an entry; -1 when it is not there. */
  find(view: DataView, from: number, to: number, tag: number): number {
    const hash = this.#hash(view, from, to, tag)
    const slots = this.#slots
    const entries = this.#entries
    const mask = slots.length - 1
    const size = (to - from) * 4 + tag
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const index = slots[(hash + probe) & mask]! - 1
      if (index < 0) return -1
      if (
        entries[index * 4] === hash &&
        entries[index * 4 + 1] === size &&
        sameBytes(view, from, to, this.#storeView, entries[index * 4 + 2]!)
      ) {
        return index
      }
    }
    return -1
  }

  /** Adds an entry that {@link find} did not find; false when there is no room. */
  add(view: DataView, from: number, to: number, tag: number): boolean {
    const length = to - from
    if (this.#count >= this.#limits.entries) return false
    if (this.#stored + length > this.#limits.bytes) return false
    this.#reserve(length)
    const hash = this.#hash(view, from, to, tag)
    if (!this.#place(hash, this.#count)) return false
    this.#entries.set([hash, length * 4 + tag, this.#stored], this.#count * 4)
    this.#store.set(new Uint8Array(view.buffer, view.byteOffset + from, length), this.#stored)
    this.#stored += length
    this.#count++
    return true
  }

  /** Four bytes a step, the last step overlapping. */
  #hash(view: DataView, from: number, to: number, tag: number): number {
    const length = to - from
    let hash = this.#seed ^ (length * 4 + tag)
    if (length >= 4) {
      const last = to - 4
      for (let at = from; at < last; at += 4) hash = mix(hash, view.getUint32(at, true))
      hash = mix(hash, view.getUint32(last, true))
    } else {
      for (let at = from; at < to; at++) hash = mix(hash, view.getUint8(at))
    }
    return hash >>> 0
  }

  #place(hash: number, index: number): boolean {
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      if (this.#slots[slot] === 0) {
        this.#slots[slot] = index + 1
        return true
      }
    }
    return false
  }

  #reserve(length: number): void {
    while (this.#stored + length > this.#store.length) {
      const store = Buffer.alloc(this.#store.length * 2)
      this.#store.copy(store)
      this.#store = store
      this.#storeView = viewOf(store)
    }
    if (this.#count * 4 < this.#entries.length) return
    const entries = new Uint32Array(this.#entries.length * 2)
    entries.set(this.#entries)
    this.#entries = entries
    // An entry that finds no slot any more is not found any more: it is added again when it comes.
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let index = 0; index < this.#count; index++) this.#place(entries[index * 4]!, index)
  }
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
