import fc from 'fast-check'
import type { AttributeInput, AttributesInput, SpanInput, TracesInput } from './otlp.ts'

/** Keys that the decoders of the tests take; one of two more comes too and is not taken. */
export const TAKEN_KEYS = ['a', 'service.name', 'gen_ai.request.model', 'é'.repeat(70)]

export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 120, maxLength: 400 }),
)

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

export const { value } = fc.letrec<{ value: AttributeInput }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.boolean(),
    fc.integer({ min: -3, max: 2_000 }),
    int64,
    fc.double().map((double) => ({ double })),
    fc.constant(null),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }).map((map) => ({ map })),
  ),
}))

export const attributes: fc.Arbitrary<AttributesInput> = fc.dictionary(
  fc.constantFrom(...TAKEN_KEYS, 'b', 'prompt'),
  value,
  { maxKeys: 5 },
)

export const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

export function id(bytes: number): fc.Arbitrary<string> {
  const hex = (length: number): fc.Arbitrary<string> =>
    fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((random) => Buffer.from(random).toString('hex'))
  return fc.oneof(
    { weight: 12, arbitrary: hex(bytes) },
    fc.constantFrom('', '00'.repeat(bytes), 'ab'.repeat(bytes - 1), 'ab'.repeat(bytes + 1)),
  )
}

const span: fc.Arbitrary<SpanInput> = fc.record(
  {
    traceId: id(16),
    spanId: id(8),
    parentSpanId: id(8),
    name: text,
    kind: fc.integer({ min: 0, max: 7 }),
    startUnixNano: uint64,
    endUnixNano: uint64,
    flags: fc.nat({ max: 2 ** 32 - 1 }),
    statusCode: fc.integer({ min: 0, max: 4 }),
    statusMessage: text,
    attributes,
    events: fc.array(
      fc.record({
        name: text,
        timeUnixNano: uint64,
        attributes: fc.dictionary(fc.constantFrom('exception.type', 'exception.message'), value),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['traceId', 'spanId'] },
)

/** Requests of every kind of attribute, with ids and enums that are invalid now and then. */
export const traces: fc.Arbitrary<TracesInput> = fc.array(
  fc.record({
    resource: attributes,
    scopes: fc.array(
      fc.record({ name: text, version: text, spans: fc.array(span, { maxLength: 4 }) }),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)
