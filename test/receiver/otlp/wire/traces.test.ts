import { describe, expect, it } from 'vitest'
import type { ReadSpan } from '../../../helpers/batch.ts'
import { readBatch } from '../../../helpers/batch.ts'
import { decodersOf, refusalOf } from '../../../helpers/decoders.ts'
import type { AttributeInput, SpanInput } from '../../../helpers/otlp.ts'
import { encodeTraces } from '../../../helpers/otlp.ts'
import {
  bytes,
  field,
  fixed32Field,
  fixed64Field,
  group,
  varint,
  varintField,
} from '../../../helpers/wire.ts'

const TRACE_ID = '5b8efff798038103d269b633813fc60c'
const SPAN_ID = 'eee19b7ec3c1b174'
const IDS = bytes(field(1, Buffer.from(TRACE_ID, 'hex')), field(2, Buffer.from(SPAN_ID, 'hex')))

const { protobuf: decoder } = decodersOf(['service.name', 'a', 'b', 'x'.repeat(200)])

function request(...spanFields: readonly Uint8Array[]): Uint8Array {
  return field(1, field(2, field(2, ...spanFields)))
}

function decode(body: Uint8Array): ReturnType<typeof readBatch> {
  return readBatch(decoder.decode(body).batch)
}

function oneSpan(...spanFields: readonly Uint8Array[]): ReadSpan {
  const { spans, rejected } = decode(request(IDS, ...spanFields))
  expect(rejected).toBe(0)
  expect(spans).toHaveLength(1)
  return spans[0]!
}

function keyValue(key: string, ...value: readonly Uint8Array[]): Uint8Array {
  return bytes(field(1, key), ...value.map((piece) => field(2, piece)))
}

function attribute(...value: readonly Uint8Array[]): unknown {
  return oneSpan(field(9, keyValue('a', ...value))).attributes['a']
}

describe('a protobuf request', () => {
  it('is decoded from golden bytes', () => {
    const golden = [
      '0a78', // resource_spans {
      '0a190a170a0c736572766963652e6e616d6512070a0570726f7879', // resource: service.name "proxy"
      '125b', // scope_spans {
      '0a030a0173', // scope: name "s"
      '1254', // span {
      '0a105b8efff798038103d269b633813fc60c', // trace_id
      '1208eee19b7ec3c1b174', // span_id
      '2208eee19b7ec3c1b173', // parent_span_id
      '2a0463686174', // name "chat"
      '3003', // kind CLIENT
      '39014859e3faeb6f15', // start 1544712660000000001
      '41c84859e3faeb6f15', // end 1544712660000000200
      '4a080a0161120318f703', // attribute a: int 503
      '7a021802', // status: code ERROR
      '850101010000', // flags 0x101
    ]
    expect(decode(Buffer.from(golden.join(''), 'hex'))).toEqual({
      rejected: 0,
      spans: [
        {
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          parentSpanId: 'eee19b7ec3c1b173',
          name: 'chat',
          kind: 3,
          statusCode: 2,
          flags: 0x101,
          startUnixNano: 1_544_712_660_000_000_001n,
          endUnixNano: 1_544_712_660_000_000_200n,
          durationNano: 199,
          exceptionType: undefined,
          scopeName: 's',
          attributes: { a: 503 },
          resource: { 'service.name': 'proxy' },
        },
      ],
    })
  })

  it('may be empty', () => {
    expect(decode(new Uint8Array(0))).toEqual({ spans: [], rejected: 0 })
    expect(decode(request())).toEqual({ spans: [], rejected: 1 })
  })

  it('may hold the resource after its spans, twice, and the scope too', () => {
    const body = field(
      1,
      field(2, field(2, IDS), field(1, field(1, 'old')), field(1, field(1, 'new'))),
      field(1, field(1, keyValue('a', field(1, 'one')))),
      field(1, field(1, keyValue('b', field(1, 'two')))),
    )
    const { spans } = decode(body)
    expect(spans[0]).toMatchObject({ scopeName: 'new', resource: { a: 'one', b: 'two' } })
  })

  it('keeps spans of several resources and scopes apart, without those that have no span', () => {
    const traces = ['p', 'q'].map((service) => ({
      resource: { 'service.name': service },
      scopes: ['one', 'none', 'two'].map((name, index) => ({
        name,
        spans: index === 1 ? [] : [{ traceId: TRACE_ID, spanId: SPAN_ID }],
      })),
    }))
    const { batch } = decoder.decode(encodeTraces([{ scopes: [] }, ...traces]))
    expect(batch.resources).toHaveLength(2)
    expect(batch.scopes.map(({ name }) => name)).toEqual(['one', 'two', 'one', 'two'])
    expect(
      readBatch(batch).spans.map((span) => [span.resource['service.name'], span.scopeName]),
    ).toEqual([
      ['p', 'one'],
      ['p', 'two'],
      ['q', 'one'],
      ['q', 'two'],
    ])
  })

  it('takes nothing over from the request before', () => {
    const full: SpanInput = {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: SPAN_ID,
      name: 'n',
      kind: 2,
      flags: 1,
      startUnixNano: 5n,
      endUnixNano: 7n,
      statusCode: 1,
      attributes: { a: 1 },
      events: [{ attributes: { 'exception.type': 'E' } }],
    }
    decoder.decode(encodeTraces([{ resource: { a: 1 }, scopes: [{ name: 's', spans: [full] }] }]))
    // The last span is cut off half way.
    const cut = request(IDS, varintField(6, 3), field(9, keyValue('a', field(1, 'x'))), varint(9))
    expect(refusalOf(decoder, cut)).toBeDefined()
    expect(oneSpan()).toEqual({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: '',
      name: '',
      kind: 0,
      statusCode: 0,
      flags: 0,
      startUnixNano: 0n,
      endUnixNano: 0n,
      durationNano: 0,
      exceptionType: undefined,
      scopeName: '',
      attributes: {},
      resource: {},
    })
  })
})

describe('fields', () => {
  it('hold their last value, also after an invalid one', () => {
    const span = oneSpan(
      field(1, 'short'),
      field(1, Buffer.from(TRACE_ID, 'hex')),
      field(4, 'bad'),
      field(4),
      field(5, 'first'),
      field(5, 'last'),
      varintField(6, 1),
      varintField(6, 2),
      field(15, varintField(3, 2)),
      field(15, field(2, 'message')),
    )
    expect(span).toMatchObject({ name: 'last', kind: 2, statusCode: 2, parentSpanId: '' })
  })

  it('are skipped when unknown, whatever their wire type, at every level', () => {
    const unknown = bytes(
      varintField(99, 2n ** 64n - 1n),
      fixed64Field(99, 1n),
      field(99, 'text'),
      fixed32Field(99, 1),
      group(99, varintField(1, 1), group(7, field(2, 'x')), fixed32Field(3, 1)),
      field(2 ** 29 - 1, 'the last field there is'),
    )
    const value = bytes(unknown, field(1, 'v'), unknown)
    const body = bytes(
      unknown,
      field(
        1,
        unknown,
        field(1, unknown, field(1, unknown, field(1, 'a'), unknown, field(2, value))),
        field(
          2,
          unknown,
          field(1, unknown, field(1, 'scope'), unknown),
          field(2, unknown, IDS, unknown, field(15, unknown, varintField(3, 1), unknown)),
        ),
      ),
    )
    expect(decode(body).spans[0]).toMatchObject({
      statusCode: 1,
      scopeName: 'scope',
      resource: { a: 'v' },
    })
  })

  it('with numbers of a later version count as unspecified', () => {
    expect(oneSpan(varintField(6, 6), field(15, varintField(3, 256 + 2)))).toMatchObject({
      kind: 0,
      statusCode: 0,
    })
    expect(oneSpan(varintField(6, 2n ** 64n - 1n)).kind).toBe(0)
  })

  it('that are not asked for are skipped, but their types are checked', () => {
    const skipped = bytes(
      field(3, 'state'),
      varintField(10, 1),
      varintField(12, 1),
      field(13, field(1, 'anything')),
      varintField(14, 1),
    )
    expect(oneSpan(skipped).traceId).toBe(TRACE_ID)
    expect(refusalOf(decoder, request(IDS, varintField(13, 1)))).toBeDefined()
  })
})

describe('ids', () => {
  const good = { traceId: TRACE_ID, spanId: SPAN_ID }
  const bad: readonly [string, SpanInput][] = [
    ['a missing trace id', { ...good, traceId: '' }],
    ['a short trace id', { ...good, traceId: 'ab'.repeat(15) }],
    ['a long trace id', { ...good, traceId: 'ab'.repeat(17) }],
    ['an all-zero trace id', { ...good, traceId: '0'.repeat(32) }],
    ['a missing span id', { ...good, spanId: '' }],
    ['a short span id', { ...good, spanId: 'ab'.repeat(7) }],
    ['an all-zero span id', { ...good, spanId: '0'.repeat(16) }],
    ['a short parent id', { ...good, parentSpanId: 'ab' }],
    ['a long parent id', { ...good, parentSpanId: 'ab'.repeat(9) }],
  ]
  it.each(bad)('reject a span with %s and keep the others', (_, span) => {
    const name = 'kept'
    const body = encodeTraces([{ scopes: [{ spans: [span, { ...good, name }, span] }] }])
    const { spans, rejected } = decode(body)
    expect(rejected).toBe(2)
    expect(spans.map((kept) => kept.name)).toEqual(['kept'])
  })

  it('make a root when the parent is all zeros', () => {
    expect(oneSpan(field(4, Buffer.alloc(8))).parentSpanId).toBe('')
  })
})

describe('times', () => {
  it('are exact, and so is the duration', () => {
    const span = oneSpan(
      fixed64Field(7, 1_544_712_660_000_000_001n),
      fixed64Field(8, 1_544_712_664_294_967_298n),
    )
    expect(span.startUnixNano).toBe(1_544_712_660_000_000_001n)
    expect(span.endUnixNano).toBe(1_544_712_664_294_967_298n)
    expect(span.durationNano).toBe(4_294_967_297)
  })

  it('give no duration where the start was not set', () => {
    expect(oneSpan(fixed64Field(8, 2n ** 60n)).durationNano).toBe(0)
  })

  it('give a negative duration when the end comes first', () => {
    expect(oneSpan(fixed64Field(7, 2n ** 32n), fixed64Field(8, 2n ** 32n - 1n)).durationNano).toBe(
      -1,
    )
  })
})

describe('attribute values', () => {
  const kinds: readonly [string, AttributeInput, unknown][] = [
    ['a text', 'ü', 'ü'],
    ['an empty text', '', ''],
    ['true', true, true],
    ['false', false, false],
    ['a small int', 200, 200],
    ['zero', 0, 0],
    ['a negative int', -5, -5],
    ['the smallest int', -(2n ** 63n), -(2 ** 63)],
    ['the largest int', 2n ** 63n - 1n, 2 ** 63],
    ['a double', 0.25, 0.25],
    ['NaN', Number.NaN, Number.NaN],
    ['an array', ['a', 1, true, 0.5], ['a', 1, true, 0.5]],
    ['an array with values that are no scalars', [null, ['x'], { map: {} }, 'y'], ['y']],
    ['an array without scalars', [null], undefined],
    ['an empty array', [], undefined],
    ['bytes', Uint8Array.of(1), undefined],
    ['a map', { map: { a: 1 } }, undefined],
    ['nothing', null, undefined],
  ]
  it.each(kinds)('may be %s', (_, value, expected) => {
    const span = { traceId: TRACE_ID, spanId: SPAN_ID, attributes: { a: value, c: value } }
    const body = encodeTraces([{ resource: { b: value }, scopes: [{ spans: [span] }] }])
    for (let time = 0; time < 2; time++) {
      const { spans } = decode(body)
      expect(spans[0]!.attributes['a']).toEqual(expected)
      expect(spans[0]!.resource['b']).toEqual(expected)
    }
  })

  it('of a text, a number and a bool that look alike stay apart', () => {
    expect([
      attribute(field(1, '1')),
      attribute(varintField(3, 1)),
      attribute(varintField(2, 1)),
    ]).toEqual(['1', 1, true])
    // The bytes of an array that holds "a" are also those of a text.
    const inner = field(1, field(1, 'a'))
    expect([attribute(field(1, inner)), attribute(field(5, inner))]).toEqual([
      inner.toString(),
      ['a'],
    ])
  })

  it('that come in pieces are put together', () => {
    const array = (text: string): Uint8Array => field(5, field(1, field(1, text)))
    expect(attribute(array('x'), new Uint8Array(0), array('y'))).toEqual(['x', 'y'])
    expect(attribute(field(1, 'x'), varintField(3, 7))).toBe(7)
    expect(attribute(array('x'), field(1, 'text'), array('y'))).toEqual(['y'])
    expect(attribute(field(1, 'x'), field(7, 'bytes'))).toBeUndefined()
  })

  it('may stand before their key, and keys may be long', () => {
    expect(oneSpan(field(9, field(2, field(1, 'v')), field(1, 'a'))).attributes).toEqual({ a: 'v' })
    const long = 'x'.repeat(200)
    expect(oneSpan(field(9, keyValue(long, field(1, 'v')))).attributes).toEqual({ [long]: 'v' })
  })

  it('of a key that comes twice: the last holds', () => {
    const span = oneSpan(
      field(9, keyValue('a', field(1, 'first'))),
      field(9, keyValue('a', field(1, 'last'))),
    )
    expect(span.attributes).toEqual({ a: 'last' })
  })

  it('by index, which belong to profiles, are absent', () => {
    expect(attribute(varintField(8, 1))).toBeUndefined()
    expect(oneSpan(field(9, varintField(3, 1), field(2, field(1, 'v')))).attributes).toEqual({})
  })

  it('with bad UTF-8 harm nothing else', () => {
    const span = oneSpan(
      field(5, Uint8Array.of(0xff, 0x41)),
      field(9, keyValue('a', field(1, Uint8Array.of(0xc3)))),
      field(9, keyValue('b', field(1, 'fine'))),
    )
    expect(span).toMatchObject({ name: '\ufffdA', attributes: { a: '\ufffd', b: 'fine' } })
  })

  it('nested thousands of levels deep are skipped', () => {
    let value = field(1, 'x')
    for (let level = 0; level < 3_000; level++) value = field(5, field(1, value))
    expect(attribute(value)).toBeUndefined()
  })

  it('longer than 4,096 bytes are cut at a character', () => {
    expect(attribute(field(1, `a${'ü'.repeat(10_000)}`))).toBe(`a${'ü'.repeat(2_047)}`)
  })
})

describe('exception.type', () => {
  it('is that of the last event that has one', () => {
    const event = (key: string, value: Uint8Array): Uint8Array =>
      field(11, fixed64Field(1, 1n), field(2, 'exception'), field(3, keyValue(key, value)))
    const span = oneSpan(
      event('exception.type', field(1, 'First')),
      event('exception.type', field(1, 'Second')),
      event('exception.type', varintField(3, 3)),
      event('exception.message', field(1, 'not taken')),
    )
    expect(span.exceptionType).toBe('Second')
  })
})

describe('an undecodable request', () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ['a varint cut off', Uint8Array.of(0x0a, 0x80), 'a varint is cut off, at byte 1'],
    ['an endless varint', bytes([8], Array(11).fill(0xff)), 'wrong wire type'],
    ['a varint over 64 bits', bytes([0x98, 6], Array(10).fill(0xff)), 'longer than 64 bits'],
    ['a length past the end', Uint8Array.of(0x0a, 5, 1), 'longer than the message'],
    ['a length of 2 GiB', bytes([0x0a], varint(2 ** 31)), 'longer than the message'],
    ['a length over 32 bits', bytes([0x0a], varint(2n ** 32n)), 'longer than the message'],
    ['a fixed64 cut off', request(IDS, Uint8Array.of(0x39, 1, 2)), 'a field is cut off'],
    ['a wrong wire type', request(IDS, varintField(5, 1)), 'a field has a wrong wire type'],
    ['the same in an event', request(IDS, field(11, varintField(3, 1))), 'wrong wire type'],
    ['field number 0', Uint8Array.of(0x02, 0), 'invalid tag, at byte 0'],
    ['a tag over 32 bits', bytes(varint(2n ** 32n + 10n), [0]), 'invalid tag'],
    ['wire type 6', Uint8Array.of(0x1e), 'invalid wire type'],
    ['a group that only ends', Uint8Array.of(0x1c), 'invalid wire type'],
    ['a group that does not end', Uint8Array.of(0x1b), 'a varint is cut off'],
    ['a group that another ends', Uint8Array.of(0x1b, 0x24), 'a group ends another'],
    ['a million groups', new Uint8Array(1_000_000).fill(0x1b), 'groups are nested too deep'],
    ['trailing garbage', bytes(request(IDS), [0xff, 0xff]), 'a varint is cut off'],
    ['JSON', Buffer.from('{"resourceSpans":[]}'), 'invalid protobuf'],
  ]
  it.each(cases)('is refused: %s', (_, body, message) => {
    const refusal = refusalOf(decoder, body)
    expect(refusal?.code).toBe('invalid_argument')
    expect(refusal?.message).toContain(message)
    expect(refusal?.message).toMatch(/^invalid protobuf: .*, at byte \d+$/)
  })

  it('of more than 262,144 spans is too large', () => {
    const body = field(
      1,
      field(2, Buffer.from(Array.from({ length: 262_145 }, () => [...field(2, IDS)]).flat())),
    )
    expect(refusalOf(decoder, body)?.code).toBe('too_large')
    expect(oneSpan().traceId).toBe(TRACE_ID)
  })
})
