import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../../../src/model/log.ts'
import { logsDecodersOf, refusalOf } from '../../../helpers/decoders.ts'

const TRACE_ID = '5b8efff798038103d269b633813fc60c'
const SPAN_ID = 'eee19b7ec3c1b174'
const HEARTBEAT =
  '"attributes":[{"key":"partial.event","value":{"stringValue":"heartbeat"}}],"severityNumber":9'
const MIB = 1024 * 1024

const { json: decoder } = logsDecodersOf(['service.name'])

/** A request of one record; `rest` is more of the record's fields as text. */
function request(rest: string): Buffer {
  const ids = `"traceId":"${TRACE_ID}","spanId":"${SPAN_ID}"`
  const record = `{${ids}${rest === '' ? '' : `,${rest}`}}`
  return Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`)
}

function one(rest: string): LogRecord {
  const { batch, count, rejected } = decoder.decode(request(rest))
  expect({ count, rejected }).toEqual({ count: 1, rejected: 0 })
  return batch.records[0]!
}

describe('a logs request in JSON', () => {
  it('gives the records that announce something', () => {
    const record =
      `{"timeUnixNano":"1544712660000000001","observedTimeUnixNano":1544712660000000200,` +
      `"severityNumber":9,"severityText":"INFO","flags":1,"body":{"stringValue":"hello"},` +
      `"attributes":[{"key":"span.name","value":{"stringValue":"chat"}},{"key":"other"}],` +
      `"traceId":"${TRACE_ID.toUpperCase()}","spanId":"${SPAN_ID}","eventName":"span.closed"}`
    const body =
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},${record},null,{"eventName":"other"}],` +
      `"scope":{"name":"s"}}],"resource":{"attributes":[{"key":"service.name","value":` +
      `{"stringValue":"proxy"}}]}}]}`
    expect(decoder.decode(Buffer.from(body))).toEqual({
      count: 1,
      skipped: 3,
      rejected: 0,
      warning: '',
      batch: {
        records: [
          {
            eventName: 'span.closed',
            traceId: TRACE_ID,
            spanId: SPAN_ID,
            timeUnixNano: 1_544_712_660_000_000_001n,
            observedTimeUnixNano: 1_544_712_660_000_000_200n,
            attributes: new Map([['span.name', 'chat']]),
            resource: new Map([['service.name', 'proxy']]),
            scopeName: 's',
            body: undefined,
          },
        ],
      },
    })
  })

  it('may have null wherever a value may be', () => {
    const nulls =
      '"timeUnixNano":null,"observedTimeUnixNano":null,"severityNumber":null,"severityText":null,' +
      '"body":null,"attributes":null,"flags":null,"eventName":null'
    expect(decoder.decode(request(nulls))).toMatchObject({ count: 0, skipped: 1 })
    expect(one(`"eventName":null,"timeUnixNano":null,${HEARTBEAT},"body":null`)).toMatchObject({
      timeUnixNano: 0n,
      body: undefined,
    })
    expect(decoder.decode(Buffer.from('{"resourceLogs":null}')).count).toBe(0)
  })

  it('in snake_case is ignored with a warning', () => {
    const { skipped, warning } = decoder.decode(request('"event_name":"span.open"'))
    expect(skipped).toBe(1)
    expect(warning).toContain('lowerCamelCase')
    const snake = '{"resource_logs":[{"scope_logs":[]}]}'
    expect(decoder.decode(Buffer.from(snake)).warning).toContain('snake_case')
  })

  it.each([
    ['"traceId":"W47/95gDgQPSabYzgT/GDA=="', 'base64'],
    ['"traceId":null', 'null'],
    ['"spanId":"0000000000000000"', 'zeros'],
  ])('rejects an announcement with a bad id, and no other record: %s (%s)', (rest) => {
    expect(decoder.decode(request(`${rest},"eventName":"span.open"`)).rejected).toBe(1)
    expect(decoder.decode(request(`${rest},"eventName":"other"`))).toMatchObject({
      skipped: 1,
      rejected: 0,
    })
  })

  it.each([
    ['"severityNumber":"SEVERITY_NUMBER_INFO"', 'an enum must be an integer'],
    ['"severityText":1', 'a string is expected'],
    ['"timeUnixNano":"18446744073709551616"', '64 bits'],
    ['"observedTimeUnixNano":-1', '64 bits'],
    ['"flags":4294967296', '32 bits'],
    ['"traceId":1', 'a string is expected'],
    ['"eventName":{}', 'a string is expected'],
    ['"attributes":{}', 'an array is expected'],
    ['"body":"text"', 'an object is expected'],
    ['"body":{"intValue":"x"}', '64 bits'],
    ['"anything":[1,]', 'invalid value'],
  ])('is refused, whatever the record is: %s', (rest, message) => {
    for (const event of ['span.open', 'other']) {
      const refusal = refusalOf(decoder, request(`"eventName":"${event}",${rest}`))
      expect(refusal?.code).toBe('invalid_argument')
      expect(refusal?.message).toContain(message)
    }
  })
})

describe('the body', () => {
  const body = (literal: string): string | undefined =>
    one(`${HEARTBEAT},"body":{"stringValue":${literal}}`).body

  it('of a partial span is given whole, without escapes', () => {
    const span = JSON.stringify({ resourceSpans: [{ 'é\n"\\': '\ud83d\ude00'.repeat(4_000) }] })
    expect(body(JSON.stringify(span))).toBe(span)
    expect(body(String.raw`"\u0041\/\ud83d lone"`)).toBe('A/\ufffd lone')
    expect(body('""')).toBe('')
    expect(one(`"eventName":"span.open","body":{"stringValue":"x"}`).body).toBeUndefined()
  })

  it('is left out when it is longer than 1 MiB, however it is written', () => {
    expect(body(`"${'x'.repeat(MIB)}"`)).toHaveLength(MIB)
    expect(body(`"${String.raw`\u0078`.repeat(MIB)}"`)).toHaveLength(MIB)
    expect(body(`"${'x'.repeat(MIB + 1)}"`)).toBeUndefined()
    expect(body(`"${'ü'.repeat(MIB / 2)}x"`)).toBeUndefined()
    expect(body(`"${String.raw`\u0078`.repeat(MIB + 1)}"`)).toBeUndefined()
  })

  it('that is no text is left out', () => {
    expect(one(`${HEARTBEAT},"body":{"kvlistValue":{"values":[]}}`).body).toBeUndefined()
    expect(one(HEARTBEAT).body).toBeUndefined()
  })
})
