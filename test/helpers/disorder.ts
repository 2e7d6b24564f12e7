import protobuf from 'protobufjs'
import { bytes, field, fixed32Field, fixed64Field, group, varintField } from './wire.ts'

/**
 * The same message as another encoder might write it: its fields in another order, unknown ones among
 * them, sub-messages in two pieces, scalars preceded by an older value. It need not mean the same any
 * more (a repeated message in two pieces is two), but it is valid.
 */
export function disordered(
  type: protobuf.Type,
  message: Uint8Array,
  random: () => number,
): Uint8Array {
  const parts = fieldsOf(type, message, random)
  while (random() < 0.3) parts.push(unknownField(random))
  return bytes(...shuffled(parts, random))
}

function fieldsOf(type: protobuf.Type, message: Uint8Array, random: () => number): Uint8Array[] {
  const reader = protobuf.Reader.create(message)
  const parts: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const start = reader.pos
    const tag = reader.uint32()
    const known = type.fieldsById[tag >>> 3]?.resolve()
    if (known?.resolvedType instanceof protobuf.Type) {
      parts.push(...messageField(known.resolvedType, known.id, reader.bytes(), random))
    } else {
      reader.skipType(tag & 7)
      parts.push(message.subarray(start, reader.pos))
    }
  }
  return parts
}

function messageField(
  type: protobuf.Type,
  number: number,
  content: Uint8Array,
  random: () => number,
): Uint8Array[] {
  if (random() > 0.15) return [field(number, disordered(type, content, random))]
  const parts = fieldsOf(type, content, random)
  const cut = Math.floor(random() * (parts.length + 1))
  return [field(number, ...parts.slice(0, cut)), field(number, ...parts.slice(cut))]
}

function unknownField(random: () => number): Uint8Array {
  const number = random() < 0.5 ? 20 + Math.floor(random() * 30) : 2 ** 29 - 1
  const kinds = [
    () => varintField(number, 2n ** 64n - 1n),
    () => fixed64Field(number, 1n),
    () => fixed32Field(number, 1),
    () => field(number, 'unknown'),
    () => group(number, varintField(1, 1), group(2, field(3, 'x'))),
  ]
  return kinds[Math.floor(random() * kinds.length)]!()
}

function shuffled(parts: readonly Uint8Array[], random: () => number): Uint8Array[] {
  if (random() < 0.5) return [...parts]
  return parts
    .map((part) => ({ part, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ part }) => part)
}
