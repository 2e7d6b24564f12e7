/** FNV-1a over UTF-16 code units, 32 bits, as a signed integer. For tables, not for secrets. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5 | 0
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash
}
