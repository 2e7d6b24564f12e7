import type { JsonScanner } from './scanner.ts'
import { hexDigit } from './escapes.ts'

const DIGITS_A_WORD = 8

export type IdState = 'absent' | 'valid' | 'invalid'

/**
 * Reads a hex id, in any case, into big-endian words. All zeros and `null` are absent; a wrong length
 * and anything but hex digits (base64 too) are invalid.
 */
export function readHexId(
  scanner: JsonScanner,
  ids: Uint32Array,
  at: number,
  words: number,
): IdState {
  ids.fill(0, at, at + words)
  if (scanner.takeNull()) return 'absent'
  scanner.string()
  const { text, from, to } = scanner
  if (from === to) return 'absent'
  if (to - from !== words * DIGITS_A_WORD) return 'invalid'
  let any = 0
  for (let word = 0; word < words; word++) {
    let value = 0
    for (let index = 0; index < DIGITS_A_WORD; index++) {
      const digit = hexDigit(text.data[from + word * DIGITS_A_WORD + index])
      if (digit < 0) return 'invalid'
      value = (value << 4) | digit
    }
    ids[at + word] = value
    any |= value
  }
  return any === 0 ? 'absent' : 'valid'
}
