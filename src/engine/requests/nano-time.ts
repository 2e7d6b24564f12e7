/** Reads 64-bit unix times as ns since the epoch, exactly, without making a BigInt for each. */
export function nanosSince(unixNano: BigUint64Array, epochMs: number): (row: number) => number {
  const { buffer, byteOffset, length } = unixNano
  const words = new Uint32Array(buffer, byteOffset, length * 2)
  const epochNano = BigInt(epochMs) * 1_000_000n
  const low = Number(epochNano & 0xffff_ffffn)
  const high = Number(epochNano >> 32n)
  return (row) => (words[row * 2 + 1]! - high) * 2 ** 32 + (words[row * 2]! - low)
}
