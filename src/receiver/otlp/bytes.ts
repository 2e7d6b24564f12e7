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
