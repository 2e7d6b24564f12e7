import { isDigit } from './scanner.ts'

const TWO_32 = 2 ** 32
const MINUS = 0x2d
/** Six digits at a time keep every product below 2^53. */
const STEP_DIGITS = 6

/** A whole number of up to 64 bits, exact: two halves and a sign. */
export class Integer {
  negative = false
  low = 0
  high = 0

  /** Zero is what `null` and a missing field stand for. */
  clear(): void {
    this.negative = false
    this.low = 0
    this.high = 0
  }

  /** Takes decimal digits with an optional minus. False when it is not that, or has over 64 bits. */
  parse(data: Buffer, from: number, to: number): boolean {
    this.clear()
    this.negative = data[from] === MINUS
    let at = this.negative ? from + 1 : from
    if (at === to) return false
    while (at < to) {
      const stop = Math.min(to, at + STEP_DIGITS)
      let step = 0
      let scale = 1
      for (; at < stop; at++) {
        if (!isDigit(data[at])) return false
        step = step * 10 + data[at]! - 0x30
        scale *= 10
      }
      const low = this.low * scale + step
      const carry = Math.floor(low / TWO_32)
      this.low = low - carry * TWO_32
      this.high = this.high * scale + carry
      if (this.high >= TWO_32) return false
    }
    return true
  }

  /** Takes a whole number that a double holds exactly. */
  set(value: number): boolean {
    if (!Number.isSafeInteger(value)) return false
    this.negative = value < 0
    this.high = Math.floor(Math.abs(value) / TWO_32)
    this.low = Math.abs(value) % TWO_32
    return true
  }

  get isZero(): boolean {
    return this.low === 0 && this.high === 0
  }

  /** Fits into 64 bits without a sign. */
  get isUint64(): boolean {
    return !this.negative || this.isZero
  }

  get isInt64(): boolean {
    return this.high < 2 ** 31 || (this.negative && this.high === 2 ** 31 && this.low === 0)
  }

  /** Exact. */
  get bigint(): bigint {
    const magnitude = (BigInt(this.high) << 32n) | BigInt(this.low)
    return this.negative ? -magnitude : magnitude
  }

  /** The nearest double. */
  get value(): number {
    const magnitude = this.high * TWO_32 + this.low
    return this.negative && magnitude !== 0 ? -magnitude : magnitude
  }
}
