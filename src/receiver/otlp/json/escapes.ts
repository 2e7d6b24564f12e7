import { MAX_TEXT_BYTES } from '../values.ts'

/** Room for what is kept of a text, and for the character that goes over. */
export const SCRATCH_BYTES = MAX_TEXT_BYTES + 4

const BACKSLASH = 0x5c
const LETTER_U = 0x75
const REPLACEMENT = 0xfffd

const SIMPLE = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

/**
 * Writes the text of the well-formed JSON string in [from, to) into a buffer of SCRATCH_BYTES, as
 * UTF-8; of a text longer than MAX_TEXT_BYTES a beginning that is longer too. A surrogate without its other half becomes
 * U+FFFD. Returns the length.
 */
export function unescapeInto(target: Buffer, data: Buffer, from: number, to: number): number {
  let length = 0
  let at = from
  while (at < to && length <= MAX_TEXT_BYTES) {
    const byte = data[at]!
    if (byte !== BACKSLASH) {
      target[length++] = byte
      at++
    } else if (data[at + 1] === LETTER_U) {
      const unit = hexUnit(data, at + 2)
      at += 6
      const isPair = isHigh(unit) && at + 6 <= to && data[at] === BACKSLASH && isLowEscape(data, at)
      length = writeUtf8(target, length, isPair ? pairOf(unit, hexUnit(data, at + 2)) : unit)
      if (isPair) at += 6
    } else {
      const escaped = data[at + 1]!
      target[length++] = SIMPLE.get(escaped) ?? escaped
      at += 2
    }
  }
  return length
}

/** The value of a hex digit in any case; -1 for another byte. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function hexUnit(data: Buffer, at: number): number {
  let unit = 0
  for (let digit = at; digit < at + 4; digit++) unit = unit * 16 + hexDigit(data[digit])
  return unit
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLowEscape(data: Buffer, at: number): boolean {
  if (data[at + 1] !== LETTER_U) return false
  const unit = hexUnit(data, at + 2)
  return unit >= 0xdc00 && unit < 0xe000
}

function pairOf(high: number, low: number): number {
  return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00)
}

function writeUtf8(target: Buffer, at: number, codePoint: number): number {
  const isLone = codePoint >= 0xd800 && codePoint < 0xe000
  return at + target.write(String.fromCodePoint(isLone ? REPLACEMENT : codePoint), at)
}
