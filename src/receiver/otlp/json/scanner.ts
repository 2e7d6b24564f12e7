import { Refusal } from '../../../model/refusal.ts'
import type { Bytes } from '../bytes.ts'
import { NO_BYTES, bytesOf } from '../bytes.ts'
import { SCRATCH_BYTES, hexDigit, unescapeInto } from './escapes.ts'

/** Attributes may hold documents of their own, but none that deep. */
const MAX_DEPTH = 512

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MINUS = 0x2d
const POINT = 0x2e

/** 1 for the bytes of a string that stand for themselves; bytes past the end are none. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

export type Literal = 'true' | 'false' | 'null'

/**
 * Reads JSON (RFC 8259) from a body, token by token, and holds to its grammar wherever it passes.
 * Bytes that are not UTF-8 are no fault: they become U+FFFD where a text is taken.
 */
export class JsonScanner {
  pos = 0
  /** The text of the string read last: bytes [from, to) of `text`, without escapes. */
  text: Bytes = NO_BYTES
  from = 0
  to = 0
  #bytes: Bytes = NO_BYTES
  #data = NO_BYTES.data
  /** An object or array was entered, and nothing of it read. */
  #fresh = false
  #depth = 0
  readonly #scratch: Bytes = bytesOf(Buffer.alloc(SCRATCH_BYTES))

  open(body: Uint8Array): void {
    this.#bytes = bytesOf(body)
    this.#data = this.#bytes.data
    const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
    this.pos = hasByteOrderMark ? 3 : 0
    this.#depth = 0
  }

  /** Lets go of the body. */
  close(): void {
    this.#bytes = this.text = NO_BYTES
    this.#data = NO_BYTES.data
  }

  get bytes(): Bytes {
    return this.#bytes
  }

  /** The byte that the next token begins with; -1 at the end. */
  peek(): number {
    for (;;) {
      const byte = this.#data[this.pos]
      if (byte === undefined) return -1
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      this.pos++
    }
  }

  /** Enters the object that must come; false when `null` came instead. */
  enterObject(): boolean {
    return this.#enter(OPEN_OBJECT, 'an object is expected')
  }

  /** Enters the array that must come; false when `null` came instead. */
  enterArray(): boolean {
    return this.#enter(OPEN_ARRAY, 'an array is expected')
  }

  #enter(open: number, otherwise: string): boolean {
    if (this.peek() !== open) {
      if (this.takeNull()) return false
      this.fail(otherwise)
    }
    if (++this.#depth > MAX_DEPTH) this.fail('too deep nesting')
    this.pos++
    this.#fresh = true
    return true
  }

  /** Reads the next key of the object, up to its value; false when the object ended. */
  nextKey(): boolean {
    if (!this.#next(CLOSE_OBJECT)) return false
    this.string()
    if (this.peek() !== COLON) this.fail('a colon is expected')
    this.pos++
    return true
  }

  /** Moves to the next item of the array; false when the array ended. */
  nextItem(): boolean {
    return this.#next(CLOSE_ARRAY)
  }

  #next(close: number): boolean {
    const byte = this.peek()
    if (byte === close) {
      this.pos++
      this.#depth--
      this.#fresh = false
      return false
    }
    if (this.#fresh) this.#fresh = false
    else if (byte === COMMA) this.pos++
    else this.fail('a comma is expected')
    return true
  }

  /** Reads a string into `text`, `from` and `to`. */
  string(): void {
    if (this.peek() !== QUOTE) this.fail('a string is expected')
    const data = this.#data
    const from = this.pos + 1
    const at = this.#plainEnd(from)
    if (data[at] === QUOTE) {
      this.text = this.#bytes
      this.from = from
      this.to = at
      this.pos = at + 1
    } else {
      this.skipString()
      this.text = this.#scratch
      this.from = 0
      this.to = unescapeInto(this.#scratch.data, data, from, this.pos - 1)
    }
  }

  skipString(): void {
    if (this.peek() !== QUOTE) this.fail('a string is expected')
    const data = this.#data
    let at = this.pos + 1
    for (;;) {
      at = this.#plainEnd(at)
      const byte = data[at]
      if (byte === QUOTE) break
      this.pos = at
      if (byte !== BACKSLASH) this.fail('a string is not closed or holds a control character')
      at += this.#escapeLength(at)
    }
    this.pos = at + 1
  }

  /** Where the bytes of a string end that stand for themselves; prompts are long, so four at a time. */
  #plainEnd(from: number): number {
    const data = this.#data
    const { view } = this.#bytes
    const last = data.length - 4
    let at = from
    while (at <= last && !hasSpecial(view.getInt32(at))) at += 4
    while (PLAIN[data[at]!] === 1) at++
    return at
  }

  #escapeLength(at: number): number {
    const byte = this.#data[at + 1]
    if (byte === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit++) {
        if (hexDigit(this.#data[digit]) < 0) this.fail('an invalid escape')
      }
      return 6
    }
    if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) {
      this.fail('an invalid escape')
    }
    return 2
  }

  /** Reads a number; true when it has neither fraction nor exponent. Its text is in `text`. */
  number(): boolean {
    this.peek()
    const data = this.#data
    const from = this.pos
    let at = data[from] === MINUS ? from + 1 : from
    const integer = at
    at = this.#digits(at)
    if (data[integer] === 0x30 && at > integer + 1) this.fail('a number begins with 0')
    const integerEnd = at
    if (data[at] === POINT) at = this.#digits(at + 1)
    if (data[at] === 0x65 || data[at] === 0x45) {
      const sign = data[at + 1]
      at = this.#digits(sign === 0x2b || sign === MINUS ? at + 2 : at + 1)
    }
    this.text = this.#bytes
    this.from = from
    this.to = this.pos = at
    return at === integerEnd
  }

  #digits(from: number): number {
    let at = from
    while (isDigit(this.#data[at])) at++
    if (at === from) this.fail('an invalid value')
    return at
  }

  /** Reads `null` if it comes. */
  takeNull(): boolean {
    if (this.peek() !== 0x6e) return false
    this.literal('null')
    return true
  }

  literal(literal: Literal): void {
    for (let index = 0; index < literal.length; index++) {
      if (this.#data[this.pos + index] !== literal.charCodeAt(index)) this.fail('an invalid value')
    }
    this.pos += literal.length
  }

  /** Passes a value of any kind. */
  skipValue(): void {
    switch (this.peek()) {
      case QUOTE:
        this.skipString()
        break
      case OPEN_OBJECT:
        this.enterObject()
        while (this.nextKey()) this.skipValue()
        break
      case OPEN_ARRAY:
        this.enterArray()
        while (this.nextItem()) this.skipValue()
        break
      case 0x74:
        this.literal('true')
        break
      case 0x66:
        this.literal('false')
        break
      case 0x6e:
        this.literal('null')
        break
      default:
        this.number()
    }
  }

  /** Nothing but white space may be left. */
  end(): void {
    if (this.peek() >= 0) this.fail('something follows the end of the document')
  }

  fail(what: string): never {
    throw new Refusal('invalid_argument', `invalid JSON: ${what}, at byte ${this.pos}`)
  }
}

/**
 * Whether one of four bytes is a control character, a quote or a backslash. Source:
 * graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
 */
function hasSpecial(word: number): boolean {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  const controls = (word - 0x20202020) & ~word
  const zeros = ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)
  return ((controls | zeros) & 0x80808080) !== 0
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
