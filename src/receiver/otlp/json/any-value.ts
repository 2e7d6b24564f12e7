import { KeyTable } from '../key-table.ts'
import type { ValueInterner } from '../values.ts'
import { ENCODED, MAX_ARRAY_VALUES, readText } from '../values.ts'
import { JsonFields } from './fields.ts'
import { JsonNumbers } from './numbers.ts'
import { JsonScanner } from './scanner.ts'

const FIELDS = new KeyTable([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
])
const STRING = 0
const BOOL = 1
const INT = 2
const DOUBLE = 3
const ARRAY = 4
const KVLIST = 5

const ARRAY_FIELDS = new KeyTable(['values'])

const LETTER_F = 0x66

/** `\u0041`: the most bytes that one byte of a text may be written with. */
const MAX_ESCAPE = 6

type Kind = 'none' | 'text' | 'bool' | 'number' | 'array'

/** What reading JSON takes. */
export interface JsonParts {
  readonly scanner: JsonScanner
  readonly fields: JsonFields
  readonly numbers: JsonNumbers
  readonly values: ValueInterner
}

export function createJsonParts(values: ValueInterner): JsonParts {
  const scanner = new JsonScanner()
  return { scanner, fields: new JsonFields(scanner), numbers: new JsonNumbers(scanner), values }
}

/**
 * An AnyValue. Reading checks it and remembers where it lies; only {@link finish} takes the value, for
 * those who want it. Of several members the last holds. Maps and bytes are absent.
 */
export class JsonAnyValue {
  readonly #parts: JsonParts
  #kind: Kind = 'none'
  /** Where the text or the array begins and ends. */
  #from = 0
  #to = 0
  /** Of a bool and a number. */
  #number = 0
  /** Reads the values of arrays. */
  #element: JsonAnyValue | undefined

  constructor(parts: JsonParts) {
    this.#parts = parts
  }

  clear(): void {
    this.#kind = 'none'
  }

  read(): void {
    const { scanner, fields } = this.#parts
    this.clear()
    if (!scanner.enterObject()) return
    for (;;) {
      const field = fields.next(FIELDS)
      if (field < 0) return
      if (!scanner.takeNull()) this.#readMember(field)
    }
  }

  #readMember(field: number): void {
    const { scanner, numbers } = this.#parts
    scanner.peek()
    const from = scanner.pos
    switch (field) {
      case STRING:
        scanner.skipString()
        this.#keep('text', from)
        break
      case BOOL:
        this.#number = this.#boolean() ? 1 : 0
        this.#kind = 'bool'
        break
      case INT:
        this.#number = numbers.int64()
        this.#kind = 'number'
        break
      case DOUBLE:
        // Plus 0 makes 0 of -0.
        this.#number = numbers.double() + 0
        this.#kind = 'number'
        break
      case ARRAY:
        this.#passObject()
        this.#keep('array', from)
        break
      case KVLIST:
        this.#passObject()
        this.#kind = 'none'
        break
      default:
        scanner.skipString()
        this.#kind = 'none'
    }
  }

  #keep(kind: Kind, from: number): void {
    this.#kind = kind
    this.#from = from
    this.#to = this.#parts.scanner.pos
  }

  #boolean(): boolean {
    const { scanner } = this.#parts
    const isFalse = scanner.peek() === LETTER_F
    scanner.literal(isFalse ? 'false' : 'true')
    return !isFalse
  }

  #passObject(): void {
    const { scanner } = this.#parts
    scanner.enterObject()
    while (scanner.nextKey()) scanner.skipValue()
  }

  /** The value's id; 0 = absent. */
  finish(share: number): number {
    const { scanner, values } = this.#parts
    if (this.#kind === 'none') return 0
    if (this.#kind === 'bool') return values.boolean(this.#number !== 0)
    if (this.#kind === 'number') return values.number(this.#number)
    const after = scanner.pos
    scanner.pos = this.#from
    const id = this.#kind === 'text' ? this.#finishText(share) : this.#finishArray(share)
    scanner.pos = after
    return id
  }

  /** The whole text; undefined when it is no text, or has more bytes in UTF-8. */
  textWithin(maxBytes: number): string | undefined {
    if (this.#kind !== 'text' || this.#to - this.#from > maxBytes * MAX_ESCAPE + 2) return undefined
    const literal = this.#parts.scanner.bytes.data.toString('utf8', this.#from, this.#to)
    const text = String(JSON.parse(literal)).toWellFormed()
    return Buffer.byteLength(text) > maxBytes ? undefined : text
  }

  #finishText(share: number): number {
    const { scanner, values } = this.#parts
    scanner.string()
    return values.text(scanner.text, scanner.from, scanner.to, share)
  }

  #finishArray(share: number): number {
    const { scanner, values } = this.#parts
    const { bytes } = scanner
    const encoded = ENCODED.jsonArray
    const known = values.knownArray(bytes, this.#from, this.#to, encoded)
    if (known !== 0) return known
    const items = this.#arrayItems()
    if (items.length === 0) return 0
    return values.newArray(bytes, this.#from, this.#to, encoded, share, items)
  }

  #arrayItems(): (string | number | boolean)[] {
    const { scanner, fields } = this.#parts
    const items: (string | number | boolean)[] = []
    const element = (this.#element ??= new JsonAnyValue(this.#parts))
    scanner.enterObject()
    while (fields.next(ARRAY_FIELDS) >= 0) {
      if (!scanner.enterArray()) continue
      while (scanner.nextItem()) {
        element.read()
        const item = element.#scalar()
        if (item !== undefined && items.length < MAX_ARRAY_VALUES) items.push(item)
      }
    }
    return items
  }

  #scalar(): string | number | boolean | undefined {
    const { scanner } = this.#parts
    if (this.#kind === 'bool') return this.#number !== 0
    if (this.#kind === 'number') return this.#number
    if (this.#kind !== 'text') return undefined
    const after = scanner.pos
    scanner.pos = this.#from
    scanner.string()
    scanner.pos = after
    return readText(scanner.text.data, scanner.from, scanner.to)
  }
}
