/** Protobuf by hand, for messages that no encoder would write. */

/** A varint of up to 64 bits. */
export function varint(value: number | bigint): Uint8Array {
  const septets: number[] = []
  let rest = BigInt(value)
  do {
    septets.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(septets)
}

export function bytes(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)))
}

/** A length-delimited field: a text, bytes, or a message's fields one after the other. */
export function field(number: number, ...content: readonly (Uint8Array | string)[]): Uint8Array {
  const payload = Buffer.concat(content.map((part) => Buffer.from(part)))
  return bytes(varint(number * 8 + 2), varint(payload.length), payload)
}

export function varintField(number: number, value: number | bigint): Uint8Array {
  return bytes(varint(number * 8), varint(value))
}

export function fixed64Field(number: number, value: bigint): Uint8Array {
  const payload = Buffer.alloc(8)
  payload.writeBigUInt64LE(value)
  return bytes(varint(number * 8 + 1), payload)
}

export function fixed32Field(number: number, value: number): Uint8Array {
  const payload = Buffer.alloc(4)
  payload.writeUInt32LE(value)
  return bytes(varint(number * 8 + 5), payload)
}

export function group(number: number, ...content: readonly Uint8Array[]): Uint8Array {
  return bytes(varint(number * 8 + 3), ...content, varint(number * 8 + 4))
}
