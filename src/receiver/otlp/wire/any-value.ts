import type { ValueInterner } from '../values.ts'
import { ENCODED, MAX_ARRAY_VALUES, readText } from '../values.ts'
import type { WireReader } from './reader.ts'
import { WIRE, tagOf } from './reader.ts'

const STRING = tagOf(1, WIRE.length)
const BOOL = tagOf(2, WIRE.varint)
const INT = tagOf(3, WIRE.varint)
const DOUBLE = tagOf(4, WIRE.fixed64)
const ARRAY = tagOf(5, WIRE.length)
const KVLIST = tagOf(6, WIRE.length)
const BYTES = tagOf(7, WIRE.length)
const STRING_INDEX = tagOf(8, WIRE.varint)
const KNOWN = 0b1_1111_1110

const ARRAY_VALUES = tagOf(1, WIRE.length)
const ARRAY_KNOWN = 0b10

const TWO_32 = 2 ** 32

type Kind = 'none' | 'text' | 'bool' | 'number' | 'array'

/**
 * An AnyValue, gathered from one piece or several. The member set last holds; an array that comes in
 * pieces is one array. Maps, bytes, and the strings by index that belong to profiles are absent.
 */
export class AnyValueWalk {
  readonly #reader: WireReader
  readonly #values: ValueInterner
  #kind: Kind = 'none'
  /** Where the text or the array's only piece lies. */
  #from = 0
  #to = 0
  /** Of a bool and a number. */
  #number = 0
  /** The values of an array that came in pieces. */
  #items: (string | number | boolean)[] | undefined
  /** Reads the values of arrays. */
  #element: AnyValueWalk | undefined

  constructor(reader: WireReader, values: ValueInterner) {
    this.#reader = reader
    this.#values = values
  }

  /** The value id of an AnyValue that is in one piece. */
  read(start: number, end: number, share: number): number {
    const { bytes } = this.#reader
    const length = end - start - 2
    // Nearly all are one short text; a byte past the end is undefined and differs.
    if (bytes.data[start] === STRING && bytes.data[start + 1] === length && length < 0x80) {
      return this.#values.text(bytes, start + 2, end, share)
    }
    this.begin()
    this.take(start, end)
    return this.finish(share)
  }

  begin(): void {
    this.#kind = 'none'
    this.#items = undefined
  }

  /** Takes the next piece. */
  take(start: number, end: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case STRING:
          this.#to = reader.length(at, end)
          this.#from = reader.pos
          this.#kind = 'text'
          at = this.#to
          break
        case BOOL:
          this.#number = reader.varint(at, end) | reader.high
          this.#kind = 'bool'
          at = reader.pos
          break
        case INT: {
          const low = reader.varint(at, end)
          this.#number = (reader.high | 0) * TWO_32 + low
          this.#kind = 'number'
          at = reader.pos
          break
        }
        case DOUBLE:
          at = reader.fixed(at, end, 8)
          // Plus 0 makes 0 of -0.
          this.#number = reader.view.getFloat64(at - 8, true) + 0
          this.#kind = 'number'
          break
        case ARRAY:
          at = this.#takeArray(at, end)
          break
        case KVLIST:
        case BYTES:
        case STRING_INDEX:
          at = reader.skip(tag, at, end, 0)
          this.#kind = 'none'
          break
        default:
          at = reader.skipUnknown(tag, at, end, KNOWN)
      }
    }
  }

  /** The value's id; 0 = absent. */
  finish(share: number): number {
    if (this.#kind === 'none') return 0
    if (this.#kind === 'bool') return this.#values.boolean(this.#number !== 0)
    if (this.#kind === 'number') return this.#values.number(this.#number)
    if (this.#kind === 'array') return this.#finishArray(share)
    return this.#values.text(this.#reader.bytes, this.#from, this.#to, share)
  }

  /** The whole text; undefined when it is no text, or a longer one. */
  textWithin(maxBytes: number): string | undefined {
    if (this.#kind !== 'text' || this.#to - this.#from > maxBytes) return undefined
    return this.#reader.data.toString('utf8', this.#from, this.#to)
  }

  #takeArray(at: number, end: number): number {
    const to = this.#reader.length(at, end)
    const from = this.#reader.pos
    if (this.#kind !== 'array') {
      this.#kind = 'array'
      this.#items = undefined
      this.#from = from
      this.#to = to
    } else {
      this.#items ??= this.#arrayItems(this.#from, this.#to, [])
      this.#arrayItems(from, to, this.#items)
    }
    return to
  }

  #finishArray(share: number): number {
    if (this.#items !== undefined) {
      return this.#items.length === 0 ? 0 : this.#values.once(this.#items)
    }
    const { bytes } = this.#reader
    const encoded = ENCODED.protobufArray
    const known = this.#values.knownArray(bytes, this.#from, this.#to, encoded)
    if (known !== 0) return known
    const items = this.#arrayItems(this.#from, this.#to, [])
    if (items.length === 0) return 0
    return this.#values.newArray(bytes, this.#from, this.#to, encoded, share, items)
  }

  #arrayItems(
    start: number,
    end: number,
    items: (string | number | boolean)[],
  ): (string | number | boolean)[] {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      if (tag === ARRAY_VALUES) {
        const stop = reader.length(at, end)
        if (items.length < MAX_ARRAY_VALUES) {
          const item = this.#scalar(reader.pos, stop)
          if (item !== undefined) items.push(item)
        }
        at = stop
      } else {
        at = reader.skipUnknown(tag, at, end, ARRAY_KNOWN)
      }
    }
    return items
  }

  #scalar(from: number, to: number): string | number | boolean | undefined {
    const element = (this.#element ??= new AnyValueWalk(this.#reader, this.#values))
    element.begin()
    element.take(from, to)
    return element.#scalarValue()
  }

  #scalarValue(): string | number | boolean | undefined {
    if (this.#kind === 'text') return readText(this.#reader.data, this.#from, this.#to)
    if (this.#kind === 'bool') return this.#number !== 0
    return this.#kind === 'number' ? this.#number : undefined
  }
}
