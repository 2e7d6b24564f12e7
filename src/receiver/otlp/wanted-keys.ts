const BUCKETS = 1_024

/**
 * The attribute keys that somebody asks for, found by their bytes. Length, middle and last byte
 * decide nearly always; one compare confirms.
 */
export class WantedKeys {
  readonly #keys: readonly string[]
  /** Per key its bytes, and the next key of the same bucket, -1 = none. */
  readonly #bytes: Buffer[] = []
  readonly #next: number[] = []
  /** Per bucket the number of its first key, -1 = none. */
  readonly #first = new Int32Array(BUCKETS).fill(-1)

  /** `keys` may grow later; see {@link refresh}. */
  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.refresh()
  }

  /** Takes in the keys that came since. */
  refresh(): void {
    while (this.#bytes.length < this.#keys.length) {
      const column = this.#bytes.length
      const key = Buffer.from(this.#keys[column]!)
      const bucket = bucketOf(key, 0, key.length)
      this.#bytes.push(key)
      this.#next.push(this.#first[bucket]!)
      this.#first[bucket] = column
    }
  }

  /** The key's column; -1 when nobody wants it. */
  find(data: Buffer, from: number, to: number): number {
    if (from === to) return -1
    let column = this.#first[bucketOf(data, from, to)]!
    while (column >= 0) {
      const key = this.#bytes[column]!
      if (key.length === to - from && sameKey(key, data, from)) return column
      column = this.#next[column]!
    }
    return -1
  }
}

function bucketOf(data: Buffer, from: number, to: number): number {
  const length = to - from
  return (length * 37 + data[from + (length >>> 1)]! * 5 + data[to - 1]! * 131) & (BUCKETS - 1)
}

function sameKey(key: Buffer, data: Buffer, from: number): boolean {
  for (let at = 0; at < key.length; at++) {
    if (key[at] !== data[from + at]) return false
  }
  return true
}
