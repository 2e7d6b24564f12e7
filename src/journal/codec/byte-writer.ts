const encoder = new TextEncoder()

/** Writes little-endian numbers and texts, one after the other. */
export class ByteWriter {
  #bytes = new Uint8Array(1_024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  u8(value: number): void {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: bigint): void {
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, value, true)
  }

  f64(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value, true)
  }

  /** UTF-8, after its length in bytes. */
  text(value: string): void {
    const encoded = encoder.encode(value)
    this.u32(encoded.length)
    const at = this.#reserve(encoded.length)
    this.#bytes.set(encoded, at)
  }

  /** A view of what was written so far; valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(size: number): number {
    const at = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    return at
  }
}
