/** Bytes to read from, with the two views that reading wants. */
export interface Bytes {
  readonly data: Buffer
  readonly view: DataView
}

/** Views of the same memory; nothing is copied. */
export function bytesOf(body: Uint8Array): Bytes {
  return {
    data: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    view: new DataView(body.buffer, body.byteOffset, body.byteLength),
  }
}

export const NO_BYTES: Bytes = bytesOf(new Uint8Array(0))

/** Whether the bytes of `a` in [from, to) are those of `b` at `at`, four bytes a step. */
export function sameBytes(a: DataView, from: number, to: number, b: DataView, at: number): boolean {
  let left = from
  let right = at
  for (; left + 4 <= to; left += 4, right += 4) {
    if (a.getUint32(left, true) !== b.getUint32(right, true)) return false
  }
  for (; left < to; left++, right++) {
    if (a.getUint8(left) !== b.getUint8(right)) return false
  }
  return true
}
