import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../../../src/model/log.ts'
import { logsDecodersOf, refusalOf } from '../../../helpers/decoders.ts'
import { bytes, field, fixed64Field, varintField } from '../../../helpers/wire.ts'

const TRACE_ID = '5b8efff798038103d269b633813fc60c'
const SPAN_ID = 'eee19b7ec3c1b174'
const IDS = bytes(field(9, Buffer.from(TRACE_ID, 'hex')), field(10, Buffer.from(SPAN_ID, 'hex')))
const OPEN = field(12, 'span.open')
const HEARTBEAT = attribute('partial.event', 'heartbeat')
const MIB = 1024 * 1024

const { protobuf: decoder } = logsDecodersOf(['gen_ai.request.model', 'service.name'])

function attribute(key: string, text: string): Uint8Array {
  return field(6, field(1, key), field(2, field(1, text)))
}

function request(...recordFields: readonly Uint8Array[]): Uint8Array {
  return field(1, field(2, field(2, ...recordFields)))
}

function one(...recordFields: readonly Uint8Array[]): LogRecord {
  const { batch, count, rejected } = decoder.decode(request(...recordFields))
  expect({ count, rejected }).toEqual({ count: 1, rejected: 0 })
  return batch.records[0]!
}

/** What became of a request's records. */
function fate(body: Uint8Array): readonly number[] {
  const { count, skipped, rejected } = decoder.decode(body)
  return [count, skipped, rejected]
}
const TAKEN = [1, 0, 0]
const SKIPPED = [0, 1, 0]
const REJECTED = [0, 0, 1]

describe('a logs request in protobuf', () => {
  it('is decoded from golden bytes', () => {
    const golden = [
      '0a79', // resource_logs {
      '0a190a170a0c736572766963652e6e616d6512070a0570726f7879', // resource: service.name "proxy"
      '125c', // scope_logs {
      '0a030a0173', // scope: name "s"
      '1255', // log record {
      '09014859e3faeb6f15', // time 1544712660000000001
      '1009', // severity INFO
      '32180a0b7370616e2e6167655f6d73120921000000002088b340', // span.age_ms: double 5000.125
      '4a105b8efff798038103d269b633813fc60c', // trace_id
      '5208eee19b7ec3c1b174', // span_id
      '59c84859e3faeb6f15', // observed time 1544712660000000200
      '62097370616e2e6f70656e', // event_name "span.open"
    ]
    expect(decoder.decode(Buffer.from(golden.join(''), 'hex'))).toEqual({
      count: 1,
      skipped: 0,
      rejected: 0,
      warning: '',
      batch: {
        records: [
          {
            eventName: 'span.open',
            traceId: TRACE_ID,
            spanId: SPAN_ID,
            timeUnixNano: 1_544_712_660_000_000_001n,
            observedTimeUnixNano: 1_544_712_660_000_000_200n,
            attributes: new Map([['span.age_ms', 5000.125]]),
            resource: new Map([['service.name', 'proxy']]),
            scopeName: 's',
            body: undefined,
          },
        ],
      },
    })
  })

  it('may be empty, and have a resource and a scope name after its records', () => {
    expect(fate(new Uint8Array(0))).toEqual([0, 0, 0])
    const body = field(
      1,
      field(2, field(2, IDS, OPEN), field(2), field(2, IDS, OPEN), field(1, field(1, 'late'))),
      field(1, field(1, field(1, 'service.name'), field(2, field(1, 'proxy')))),
    )
    const { batch, skipped } = decoder.decode(body)
    expect(skipped).toBe(1)
    const late = { scopeName: 'late', resource: new Map([['service.name', 'proxy']]) }
    expect(batch.records).toMatchObject([late, late])
  })

  it('leaves its records to whoever has them', () => {
    const { batch } = decoder.decode(request(IDS, OPEN, attribute('span.name', 'first')))
    decoder.decode(request(IDS, OPEN, attribute('span.name', 'second')))
    expect(batch.records.map(({ attributes }) => attributes.get('span.name'))).toEqual(['first'])
  })
})

describe('a log record', () => {
  it.each([
    ['of event span.open', [OPEN], TAKEN],
    ['of event span.closed', [field(12, 'span.closed')], TAKEN],
    ['with the mark of a partial span', [HEARTBEAT], TAKEN],
    ['of another event', [field(12, 'span.opened')], SKIPPED],
    ['of an event in capitals', [field(12, 'SPAN.OPEN')], SKIPPED],
    ['without any', [], SKIPPED],
    ['with partial.event and no value', [field(6, field(1, 'partial.event'))], SKIPPED],
    ['with the event name as attribute', [attribute('event.name', 'span.open')], SKIPPED],
    ['of an event named twice, the last ordinary', [OPEN, field(12, 'x')], SKIPPED],
    ['of an event named twice, the last ours', [field(12, 'x'), OPEN], TAKEN],
  ])('%s is taken or skipped', (_, fields, expected) => {
    expect(fate(request(IDS, ...fields))).toEqual(expected)
  })

  it('gives the attributes that are asked for and those of announcements', () => {
    const { attributes } = one(
      IDS,
      OPEN,
      attribute('gen_ai.request.model', 'gpt-4o'),
      attribute('gen_ai.input.messages', 'a secret prompt'),
      attribute('span.name', 'chat'),
      attribute('span.name', 'chat gpt-4o'),
      field(6, field(1, 'spanpager.request'), field(2, varintField(2, 1))),
    )
    expect(attributes).toEqual(
      new Map<string, unknown>([
        ['gen_ai.request.model', 'gpt-4o'],
        ['span.name', 'chat gpt-4o'],
        ['spanpager.request', true],
      ]),
    )
  })

  it('keeps nothing of the record before', () => {
    const full = field(2, IDS, OPEN, fixed64Field(1, 5n), attribute('span.name', 'n'), HEARTBEAT)
    const bare = field(2, IDS, OPEN)
    const { records } = decoder.decode(field(1, field(2, full, bare))).batch
    expect(records[1]).toMatchObject({ timeUnixNano: 0n, attributes: new Map(), body: undefined })
  })
})

describe('ids', () => {
  const traceId = field(9, Buffer.from(TRACE_ID, 'hex'))
  const spanId = field(10, Buffer.from(SPAN_ID, 'hex'))
  const cases: readonly [string, readonly Uint8Array[], ofPartial: readonly number[]][] = [
    ['no trace id', [spanId], TAKEN],
    ['no span id', [traceId], TAKEN],
    ['a trace id of zeros', [field(9, Buffer.alloc(16)), spanId], TAKEN],
    ['a span id of zeros', [traceId, field(10, Buffer.alloc(8))], TAKEN],
    ['a short trace id', [field(9, 'short'), spanId], REJECTED],
    ['a long span id', [traceId, field(10, Buffer.alloc(9, 1))], REJECTED],
  ]
  it.each(cases)('%s rejects an announcement', (_, ids, ofPartial) => {
    expect(fate(request(...ids, OPEN))).toEqual(REJECTED)
    expect(fate(request(...ids, HEARTBEAT))).toEqual(ofPartial)
  })

  it.each(cases)('%s of an ordinary record is nobody’s business', (_, ids) => {
    expect(fate(request(...ids, field(12, 'exception')))).toEqual(SKIPPED)
  })
})

describe('the body', () => {
  const text = (content: string): Uint8Array => field(5, field(1, content))

  it('is given of partial spans only, whole', () => {
    const long = 'ü'.repeat(10_000)
    expect(one(IDS, HEARTBEAT, text(long))).toMatchObject({ eventName: '', body: long })
    expect(one(IDS, OPEN, text(long)).body).toBeUndefined()
    expect(one(IDS, OPEN, HEARTBEAT, text('x'))).toMatchObject({
      eventName: 'span.open',
      body: 'x',
    })
    expect(one(HEARTBEAT, text(''))).toMatchObject({ traceId: '', spanId: '', body: '' })
  })

  it('is left out when it is no text, or longer than 1 MiB', () => {
    expect(one(IDS, HEARTBEAT).body).toBeUndefined()
    expect(one(IDS, HEARTBEAT, field(5, varintField(3, 1))).body).toBeUndefined()
    expect(one(IDS, HEARTBEAT, text('x'.repeat(MIB))).body).toHaveLength(MIB)
    expect(one(IDS, HEARTBEAT, text('x'.repeat(MIB + 1))).body).toBeUndefined()
  })
})

describe('an undecodable logs request', () => {
  const cases: readonly [string, readonly Uint8Array[], string][] = [
    ['a time as varint', [varintField(1, 1)], 'wrong wire type'],
    ['a severity as text', [field(2, 'INFO')], 'wrong wire type'],
    ['a severity text as varint', [varintField(3, 1)], 'wrong wire type'],
    ['a body as varint', [varintField(5, 1)], 'wrong wire type'],
    ['attributes as varint', [varintField(6, 1)], 'wrong wire type'],
    ['flags as varint', [varintField(8, 1)], 'wrong wire type'],
    ['an id as varint', [varintField(9, 1)], 'wrong wire type'],
    ['an event name as varint', [varintField(12, 1)], 'wrong wire type'],
    ['a time cut off', [Uint8Array.of(0x09, 1, 2)], 'cut off'],
    ['a bad value where it is wanted', [IDS, HEARTBEAT, field(5, varintField(1, 1))], 'wire type'],
  ]
  it.each(cases)('is refused: %s', (_, fields, message) => {
    const refusal = refusalOf(decoder, request(...fields))
    expect(refusal?.code).toBe('invalid_argument')
    expect(refusal?.message).toContain(message)
  })

  it('is not one with unknown fields, the reserved number 4 among them', () => {
    expect(fate(request(IDS, OPEN, varintField(4, 1), field(99, 'x')))).toEqual(TAKEN)
  })

  it('of more than 65,536 announcements is too large, of more ordinary records it is not', () => {
    const many = (record: Uint8Array): Uint8Array =>
      field(1, field(2, Buffer.concat(Array<Uint8Array>(65_537).fill(record))))
    expect(refusalOf(decoder, many(field(2, IDS, OPEN)))?.code).toBe('too_large')
    expect(fate(many(field(2, IDS)))).toEqual([0, 65_537, 0])
    expect(fate(request(IDS, OPEN))).toEqual(TAKEN)
  })
})
