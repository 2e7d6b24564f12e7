import { Integer } from './integer.ts'
import type { JsonScanner } from './scanner.ts'

const QUOTE = 0x22
/** Longer numbers are nonsense, and are not worth parsing. */
const MAX_NUMBER_BYTES = 1_024

/** Numbers as the JSON mapping of protobuf writes them; `null` is 0 everywhere. */
export class JsonNumbers {
  readonly #scanner: JsonScanner
  readonly #integer = new Integer()

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner
  }

  /** A fixed64, as a number or in a string; exact. Good until the next call. */
  uint64(): Integer {
    this.#readInteger(true)
    if (!this.#integer.isUint64) this.#scanner.fail('a number outside 64 bits')
    return this.#integer
  }

  /** An int64, as a number or in a string; the nearest double. */
  int64(): number {
    this.#readInteger(true)
    if (!this.#integer.isInt64) this.#scanner.fail('a number outside 64 bits')
    return this.#integer.value
  }

  /** A uint32 or fixed32, as a number or in a string. */
  uint32(): number {
    const { high, low } = this.uint64()
    if (high !== 0) this.#scanner.fail('a number outside 32 bits')
    return low
  }

  /**
   * An enum: an integer, never a name. A number of a later version of OTLP, above `last`, counts as
   * 0, unspecified.
   */
  enum(last: number): number {
    if (this.#scanner.peek() === QUOTE) this.#scanner.fail('an enum must be an integer')
    this.#readInteger(false)
    const { value } = this.#integer
    if (Math.abs(value) >= 2 ** 31) this.#scanner.fail('a number outside 32 bits')
    return value >= 0 && value <= last ? value : 0
  }

  /** A double: a number, or a string that holds one, `NaN`, `Infinity` or `-Infinity`. */
  double(): number {
    const scanner = this.#scanner
    if (scanner.takeNull()) return 0
    const isText = scanner.peek() === QUOTE
    if (isText) scanner.string()
    else scanner.number()
    const text = this.#text()
    if (isText && /^(NaN|-?Infinity)$/.test(text)) return Number(text)
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) scanner.fail('a number is expected')
    return this.#finite(text)
  }

  #readInteger(mayBeText: boolean): void {
    const scanner = this.#scanner
    if (scanner.takeNull()) {
      this.#integer.clear()
      return
    }
    if (mayBeText && scanner.peek() === QUOTE) scanner.string()
    else if (!scanner.number()) {
      // 1e3 and 1.0 are integers too.
      if (!this.#integer.set(this.#finite(this.#text()))) scanner.fail('an integer is expected')
      return
    }
    const { data } = scanner.text
    if (!this.#integer.parse(data, scanner.from, scanner.to)) {
      scanner.fail('not an integer of 64 bits')
    }
  }

  #text(): string {
    const { text, from, to } = this.#scanner
    if (to - from > MAX_NUMBER_BYTES) this.#scanner.fail('a number is too long')
    return text.data.toString('latin1', from, to)
  }

  #finite(text: string): number {
    const value = Number(text)
    if (!Number.isFinite(value)) this.#scanner.fail('a number outside 64 bits')
    return value
  }
}
