import { Refusal } from '../../../model/refusal.ts'
import type { Bytes } from '../bytes.ts'
import { NO_BYTES, bytesOf } from '../bytes.ts'

/** Wire types. Source: protobuf.dev/programming-guides/encoding. */
export const WIRE = {
  varint: 0,
  fixed64: 1,
  length: 2,
  groupStart: 3,
  groupEnd: 4,
  fixed32: 5,
} as const

/** No producer nests groups, which are long gone from protobuf; only an attacker does. */
const MAX_GROUPS = 64

/** The tag of a field, for fields below 16 one byte. */
export function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType
}

/**
 * Reads protobuf from a body. Every call takes the position to read at and the end of the message
 * around it, and leaves the position after what it read in `pos`: callers keep their own position in
 * a local variable, which is what makes the walk fast.
 */
export class WireReader {
  bytes: Bytes = NO_BYTES
  data = NO_BYTES.data
  view = NO_BYTES.view
  pos = 0
  /** The upper half of the varint read last. */
  high = 0

  open(body: Uint8Array): void {
    this.bytes = bytesOf(body)
    this.data = this.bytes.data
    this.view = this.bytes.view
  }

  /** Lets go of the body. */
  close(): void {
    this.bytes = NO_BYTES
    this.data = NO_BYTES.data
    this.view = NO_BYTES.view
  }

  /** A varint's lower 32 bits, unsigned; the upper ones are in `high`. */
  varint(at: number, end: number): number {
    if (at < end) {
      const first = this.data[at]!
      if (first < 0x80) {
        this.pos = at + 1
        this.high = 0
        return first
      }
    }
    return this.#longVarint(at, end)
  }

  #longVarint(at: number, end: number): number {
    const { data } = this
    let low = 0
    let high = 0
    for (let index = 0; index < 10; index++) {
      if (at + index >= end) this.fail('a varint is cut off', at)
      const byte = data[at + index]!
      const bits = byte & 0x7f
      if (index < 4) low |= bits << (index * 7)
      else if (index === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (index * 7 - 32)
      if (byte < 0x80) {
        if (index === 9 && byte > 1) break
        this.pos = at + index + 1
        this.high = high >>> 0
        return low >>> 0
      }
    }
    return this.fail('a varint is longer than 64 bits', at)
  }

  /** A field's tag. */
  tag(at: number, end: number): number {
    const tag = this.varint(at, end)
    if (this.high !== 0 || tag < 8) this.fail('invalid tag', at)
    return tag
  }

  /** The end of a length-delimited field's content; `pos` is its start. */
  length(at: number, end: number): number {
    const short = at + 1 + this.data[at]!
    // Short, and not past the end of the body, where the byte is undefined and the sum is NaN.
    if (short <= at + 0x80 && short <= end) {
      this.pos = at + 1
      return short
    }
    const length = this.varint(at, end)
    const stop = this.pos + length
    if (stop > end || this.high !== 0) this.fail('a field is longer than the message around it', at)
    return stop
  }

  /** The position after a field of `size` bytes. */
  fixed(at: number, end: number, size: number): number {
    if (at + size > end) this.fail('a field is cut off', at)
    return at + size
  }

  /**
   * The position after a field nobody asks for. `known` has a bit for each field number of the
   * message: what reaches here of those has a wrong wire type.
   */
  skipUnknown(tag: number, at: number, end: number, known: number): number {
    const field = tag >>> 3
    if (field < 32 && (known >>> field) & 1) this.fail('a field has a wrong wire type', at)
    return this.skip(tag, at, end, 0)
  }

  /** The position after the field whose tag ends at `at`. */
  skip(tag: number, at: number, end: number, groups: number): number {
    switch (tag & 7) {
      case WIRE.varint:
        this.varint(at, end)
        return this.pos
      case WIRE.fixed64:
        return this.fixed(at, end, 8)
      case WIRE.length:
        return this.length(at, end)
      case WIRE.groupStart:
        return this.#skipGroup(tag >>> 3, at, end, groups + 1)
      case WIRE.fixed32:
        return this.fixed(at, end, 4)
      default:
        return this.fail('invalid wire type', at)
    }
  }

  #skipGroup(field: number, start: number, end: number, groups: number): number {
    if (groups > MAX_GROUPS) this.fail('groups are nested too deep', start)
    let at = start
    for (;;) {
      const tag = this.tag(at, end)
      at = this.pos
      if ((tag & 7) === WIRE.groupEnd) {
        if (tag >>> 3 !== field) this.fail('a group ends another', at)
        return at
      }
      at = this.skip(tag, at, end, groups)
    }
  }

  fail(what: string, at: number): never {
    throw new Refusal('invalid_argument', `invalid protobuf: ${what}, at byte ${at}`)
  }
}
