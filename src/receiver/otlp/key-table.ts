import type { Bytes } from './bytes.ts'
import { sameBytes } from './bytes.ts'

const BUCKETS = 1_024

/**
 * A few keys, found by their bytes: the attributes that somebody asks for, the field names of a
 * message. Length, middle and last byte decide nearly always; one compare confirms.
 */
export class KeyTable {
  readonly #keys: readonly string[]
  /** Per key its bytes, and the next key of the same bucket, -1 = none. */
  readonly #views: DataView[] = []
  readonly #next: number[] = []
  /** Per bucket the number of its first key, -1 = none. */
  readonly #first = new Int16Array(BUCKETS).fill(-1)

  /** `keys` may grow later; see {@link refresh}. */
  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.refresh()
  }

  /** Takes in the keys that came since. */
  refresh(): void {
    while (this.#views.length < this.#keys.length) {
      const index = this.#views.length
      const key = Buffer.from(this.#keys[index]!)
      const bucket = bucketOf(key, 0, key.length)
      this.#views.push(new DataView(key.buffer, key.byteOffset, key.byteLength))
      this.#next.push(this.#first[bucket]!)
      this.#first[bucket] = index
    }
  }

  /** The key's number, by its place in the list; -1 when it is none of them. */
  find(bytes: Bytes, from: number, to: number): number {
    if (from === to) return -1
    let index = this.#first[bucketOf(bytes.data, from, to)]!
    while (index >= 0) {
      const key = this.#views[index]!
      if (key.byteLength === to - from && sameBytes(bytes.view, from, to, key, 0)) return index
      index = this.#next[index]!
    }
    return -1
  }
}

function bucketOf(data: Buffer, from: number, to: number): number {
  const length = to - from
  return (length * 37 + data[from + (length >>> 1)]! * 5 + data[to - 1]! * 131) & (BUCKETS - 1)
}
