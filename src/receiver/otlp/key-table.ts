import type { Bytes } from './bytes.ts'
import { NO_BYTES, bytesOf, sameBytes } from './bytes.ts'

const BUCKETS = 1_024

/**
 * A few keys, found by their bytes: the attributes that somebody asks for, the field names of a
 * message. Length, middle and last byte decide nearly always; one compare confirms.
 */
export class KeyTable {
  readonly #keys: readonly string[]
  /** Per key where its bytes begin and end, and the next key of the same bucket, -1 = none. */
  readonly #from: number[] = []
  readonly #to: number[] = []
  readonly #next: number[] = []
  /** The bytes of all keys, one after the other. */
  #bytes = NO_BYTES
  /** Per bucket the number of its first key, -1 = none. */
  readonly #first = new Int16Array(BUCKETS).fill(-1)

  /** `keys` may grow later; see {@link refresh}. */
  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.refresh()
  }

  /** Takes in the keys that came since. */
  refresh(): void {
    const known = this.#from.length
    if (known === this.#keys.length) return
    this.#bytes = bytesOf(Buffer.from(this.#keys.join('')))
    for (const key of this.#keys.slice(known)) {
      const from = this.#to.at(-1) ?? 0
      const to = from + Buffer.byteLength(key)
      const bucket = bucketOf(this.#bytes.data, from, to)
      this.#next.push(this.#first[bucket]!)
      this.#first[bucket] = this.#from.push(from) - 1
      this.#to.push(to)
    }
  }

  /** The key's number, by its place in the list; -1 when it is none of them. */
  find(bytes: Bytes, from: number, to: number): number {
    if (from === to) return -1
    let index = this.#first[bucketOf(bytes.data, from, to)]!
    while (index >= 0) {
      const start = this.#from[index]!
      const isSameLength = this.#to[index]! - start === to - from
      if (isSameLength && sameBytes(bytes.view, from, to, this.#bytes.view, start)) return index
      index = this.#next[index]!
    }
    return -1
  }
}

function bucketOf(data: Buffer, from: number, to: number): number {
  const length = to - from
  return (length * 37 + data[from + (length >>> 1)]! * 5 + data[to - 1]! * 131) & (BUCKETS - 1)
}
