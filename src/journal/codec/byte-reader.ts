import { CorruptEntryError } from './corrupt-entry.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads what a ByteWriter wrote. Throws a CorruptEntryError instead of reading beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  text(): string {
    const length = this.u32()
    const at = this.#take(length)
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length))
    } catch (cause) {
      throw new CorruptEntryError('text that is not UTF-8', { cause })
    }
  }

  #take(size: number): number {
    const at = this.#at
    if (size > this.left) throw new CorruptEntryError(`${size - this.left} bytes are missing`)
    this.#at += size
    return at
  }
}
