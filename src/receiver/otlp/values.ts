import type { AttributeValue, ValueTable } from '../../model/span.ts'
import { BATCH_VALUE_ID } from '../../model/span.ts'
import { ByteIndex } from './byte-index.ts'
import type { Bytes } from './bytes.ts'

/** What bytes stand for: the same bytes may be a text and an array. */
export const ENCODED = { text: 0, protobufArray: 1, jsonArray: 2 } as const
export type Encoded = (typeof ENCODED)[keyof typeof ENCODED]

/** Longer texts are cut to this many bytes, at a character's border. */
export const MAX_TEXT_BYTES = 4_096
/** Longer arrays are cut to this many values. */
export const MAX_ARRAY_VALUES = 256

/** Longer ones are worth no place in the cache. */
const MAX_CACHED_BYTES = 256
const CACHE_LIMITS = { entries: 65_536, bytes: 4 * 1_024 * 1_024 }
/** How many values one attribute may cache: one of many values must leave room for the others. */
const MAX_SHARE = 8_192

/** On whose account a value is cached: these, then one for each column. */
export const SHARE = { spanName: 0, scopeName: 1, exceptionType: 2, firstColumn: 3 } as const

/** Ids 1 to 3, then the whole numbers below SMALL_NUMBERS: HTTP statuses and the like. */
const EMPTY_TEXT = 1
const FALSE = 2
const TRUE = 3
const FIRST_NUMBER = 4
const SMALL_NUMBERS = 1_024
const FIRST_CACHED = FIRST_NUMBER + SMALL_NUMBERS

/**
 * Values by their bytes: one seen before costs a hash and a compare, no string. The cache is
 * bounded; what does not fit (too many, too long, fractions) gets an id of the current batch.
 */
export class ValueInterner implements ValueTable {
  readonly #index = new ByteIndex(CACHE_LIMITS)
  readonly #lasting: (AttributeValue | undefined)[] = [undefined, '', false, true]
  readonly #batch: AttributeValue[] = []
  /** Cached values per attribute. */
  readonly #shares: number[] = []

  constructor() {
    for (let number = 0; number < SMALL_NUMBERS; number++) this.#lasting.push(number)
  }

  get(id: number): AttributeValue | undefined {
    return id < BATCH_VALUE_ID ? this.#lasting[id] : this.#batch[id - BATCH_VALUE_ID]
  }

  /** Ends the life of the ids of the batch before. */
  beginBatch(): void {
    this.#batch.length = 0
  }

  boolean(value: boolean): number {
    return value ? TRUE : FALSE
  }

  number(value: number): number {
    return value >= 0 && value < SMALL_NUMBERS && Number.isInteger(value)
      ? FIRST_NUMBER + value
      : this.once(value)
  }

  /** A value of this batch only. */
  once(value: AttributeValue): number {
    return this.#batch.push(value) - 1 + BATCH_VALUE_ID
  }

  /**
   * Text in UTF-8; what is not UTF-8 becomes U+FFFD. For `share` see {@link SHARE}.
   */
  text(bytes: Bytes, from: number, to: number, share: number): number {
    if (from === to) return EMPTY_TEXT
    if (to - from > MAX_CACHED_BYTES) return this.once(readText(bytes.data, from, to))
    const known = this.#index.find(bytes.view, from, to, ENCODED.text)
    if (known >= 0) return FIRST_CACHED + known
    return this.#cache(bytes, from, to, ENCODED.text, share, readText(bytes.data, from, to))
  }

  /** An array seen before in the same encoding; 0 = it is new. */
  knownArray({ view }: Bytes, from: number, to: number, encoded: Encoded): number {
    if (to - from > MAX_CACHED_BYTES) return 0
    const known = this.#index.find(view, from, to, encoded)
    return known < 0 ? 0 : FIRST_CACHED + known
  }

  /** An array that {@link knownArray} does not know. */
  newArray(
    bytes: Bytes,
    from: number,
    to: number,
    encoded: Encoded,
    share: number,
    value: AttributeValue,
  ): number {
    if (to - from > MAX_CACHED_BYTES) return this.once(value)
    return this.#cache(bytes, from, to, encoded, share, value)
  }

  #cache(
    { view }: Bytes,
    from: number,
    to: number,
    encoded: Encoded,
    share: number,
    value: AttributeValue,
  ): number {
    const used = this.#shares[share] ?? 0
    if (used >= MAX_SHARE || !this.#index.add(view, from, to, encoded)) return this.once(value)
    this.#shares[share] = used + 1
    return this.#lasting.push(value) - 1
  }
}

/** UTF-8 to a string, cut to MAX_TEXT_BYTES. */
export function readText(data: Buffer, from: number, to: number): string {
  if (to - from <= MAX_TEXT_BYTES) return data.toString('utf8', from, to)
  let end = from + MAX_TEXT_BYTES
  // Back to the first byte of the character that is cut: at most three bytes follow it.
  for (let back = 0; back < 3 && (data[end]! & 0xc0) === 0x80; back++) end--
  return data.toString('utf8', from, end)
}
