const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Big-endian words as lower-case hex, 8 digits each. */
export function wordsToHex(words: Uint32Array, from: number, count: number): string {
  let hex = ''
  for (let at = from; at < from + count; at += 1) {
    const word = words[at]!
    hex +=
      BYTES[word >>> 24]! +
      BYTES[(word >>> 16) & 0xff]! +
      BYTES[(word >>> 8) & 0xff]! +
      BYTES[word & 0xff]!
  }
  return hex
}
