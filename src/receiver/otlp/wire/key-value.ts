import type { ValueInterner } from '../values.ts'
import type { KeyTable } from '../key-table.ts'
import { AnyValueWalk } from './any-value.ts'
import type { WireReader } from './reader.ts'
import { WIRE, tagOf } from './reader.ts'

const KEY = tagOf(1, WIRE.length)
const VALUE = tagOf(2, WIRE.length)
/** Belongs to profiles. */
const KEY_INDEX = tagOf(3, WIRE.varint)
const KNOWN = 0b1110

/** A KeyValue: its key's column, and its value if the key has one. */
export class KeyValueWalk {
  readonly #reader: WireReader
  readonly #keys: KeyTable
  readonly #firstShare: number
  readonly #value: AnyValueWalk
  /** Value id of the KeyValue read last. */
  id = 0

  /** Values are cached on account of `firstShare` + column. */
  constructor(reader: WireReader, values: ValueInterner, keys: KeyTable, firstShare: number) {
    this.#reader = reader
    this.#keys = keys
    this.#firstShare = firstShare
    this.#value = new AnyValueWalk(reader, values)
  }

  /**
   * The column of the key, or -1 when nobody wants it, and then the value is not looked at. The
   * value's id is in `id`.
   */
  read(start: number, end: number): number {
    const reader = this.#reader
    const { data } = reader
    // Nearly all are key, then value, and nothing else; a byte past the end is undefined and differs.
    if (data[start] === KEY) {
      const keyLength = data[start + 1]!
      const keyEnd = start + 2 + keyLength
      if (keyLength < 0x80 && keyEnd < end && data[keyEnd] === VALUE) {
        const valueEnd = reader.length(keyEnd + 1, end)
        if (valueEnd === end) {
          const column = this.#keys.find(reader.bytes, start + 2, keyEnd)
          if (column >= 0) {
            this.id = this.#value.read(reader.pos, valueEnd, this.#firstShare + column)
          }
          return column
        }
      }
    }
    return this.#readAny(start, end)
  }

  /** Fields in any order, in pieces, with unknown ones. */
  #readAny(start: number, end: number): number {
    const reader = this.#reader
    let keyFrom = 0
    let keyTo = 0
    let at = start
    this.#value.begin()
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case KEY:
          at = keyTo = reader.length(at, end)
          keyFrom = reader.pos
          break
        case VALUE: {
          const stop = reader.length(at, end)
          this.#value.take(reader.pos, stop)
          at = stop
          break
        }
        case KEY_INDEX:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, KNOWN)
      }
    }
    const column = this.#keys.find(reader.bytes, keyFrom, keyTo)
    if (column >= 0) this.id = this.#value.finish(this.#firstShare + column)
    return column
  }
}
