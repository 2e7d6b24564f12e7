const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n

/** FNV-1a over UTF-16 code units, 64 bits, as 16 hex digits. Stable for ever; not for secrets. */
export function hash64(text: string): string {
  let hash = OFFSET
  for (let at = 0; at < text.length; at += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * PRIME)
  }
  return hash.toString(16).padStart(16, '0')
}
