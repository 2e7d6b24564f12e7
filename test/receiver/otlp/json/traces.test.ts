import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadSpan } from '../../../helpers/batch.ts'
import { readBatch } from '../../../helpers/batch.ts'
import { decodersOf, refusalOf } from '../../../helpers/decoders.ts'
import { TAKEN_KEYS, traces } from '../../../helpers/otlp-arbitraries.ts'
import { toJson } from '../../../helpers/otlp.ts'

const TRACE_ID = '5b8efff798038103d269b633813fc60c'
const SPAN_ID = 'eee19b7ec3c1b174'

const { json: decoder } = decodersOf(['service.name', 'a', 'b', ...TAKEN_KEYS])

function decode(text: string): ReturnType<typeof readBatch> & { readonly warning: string } {
  const { batch, warning } = decoder.decode(Buffer.from(text))
  return { ...readBatch(batch), warning }
}

function refusal(text: string): string | undefined {
  const refused = refusalOf(decoder, Buffer.from(text))
  if (refused !== undefined) expect(refused.code).toBe('invalid_argument')
  return refused?.message
}

/** A request of one span; `rest` is more of the span's fields as text. */
function request(rest: string): string {
  const ids = `"traceId":"${TRACE_ID}","spanId":"${SPAN_ID}"`
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}${rest === '' ? '' : `,${rest}`}}]}]}]}`
}

function oneSpan(rest = ''): ReadSpan {
  const { spans, rejected } = decode(request(rest))
  expect(rejected).toBe(0)
  expect(spans).toHaveLength(1)
  return spans[0]!
}

function attribute(value: string): unknown {
  return oneSpan(`"attributes":[{"key":"a","value":${value}}]`).attributes['a']
}

describe('a JSON request', () => {
  it('like the example of opentelemetry-proto is accepted', () => {
    const example = new URL('../../../fixtures/otlp/trace.json', import.meta.url)
    const { batch, warning } = decoder.decode(readFileSync(example))
    expect(warning).toBe('')
    expect(readBatch(batch).spans).toEqual([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        parentSpanId: 'eee19b7ec3c1b173',
        name: "I'm a server span",
        kind: 2,
        statusCode: 0,
        flags: 0,
        startUnixNano: 1_544_712_660_000_000_000n,
        endUnixNano: 1_544_712_661_000_000_000n,
        durationNano: 1_000_000_000,
        exceptionType: undefined,
        scopeName: 'my.library',
        attributes: {},
        resource: { 'service.name': 'my.service' },
      },
    ])
  })

  it('may be empty, have white space anywhere, and a byte order mark', () => {
    for (const text of ['{}', ' {\r\n\t"resourceSpans" : [ ] } \n', '\ufeff{}']) {
      expect(decode(text)).toEqual({ spans: [], rejected: 0, warning: '' })
    }
  })

  it('may have null wherever a value may be: it is the default', () => {
    const nulls =
      '"parentSpanId":null,"name":null,"kind":null,"startTimeUnixNano":null,"attributes":null,' +
      '"events":[null,{"attributes":[null]}],"status":null,"flags":null,"links":null'
    expect(oneSpan(nulls)).toEqual(oneSpan())
    expect(
      oneSpan('"attributes":[null,{"key":null,"value":null},{"key":"a","value":null}]'),
    ).toEqual(oneSpan())
    for (const member of ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue']) {
      expect(attribute(`{"${member}":null}`)).toBeUndefined()
    }
    const rest = '"resource":null,"scopeSpans":[null,{"scope":null,"spans":null}]'
    expect(decode(`{"resourceSpans":[null,{${rest}},{"scopeSpans":null}]}`).spans).toEqual([])
    expect(decode('{"resourceSpans":[{"scopeSpans":[{"spans":[null]}]}]}').rejected).toBe(1)
    expect(decode('{"resourceSpans":null}').spans).toEqual([])
  })

  it('may hold resource and scope after the spans', () => {
    const body = request('"name":"n"').replace(
      ']}]}]}',
      '],"scope":{"name":"s"}}],"resource":{"attributes":[{"value":{"intValue":7},"key":"b"}]}}]}',
    )
    expect(decode(body).spans[0]).toMatchObject({ scopeName: 's', resource: { b: 7 } })
  })

  it('ignores keys that nobody knows, at every depth, `__proto__` among them', () => {
    const extra = '"__proto__":{"a":[1,{"b":"}"}]},"constructor":null,"":1.5e-3'
    const body =
      `{${extra},"resourceSpans":[{${extra},"resource":{${extra},"attributes":[{${extra},"key":"a",` +
      `"value":{${extra},"stringValue":"v"}}]},"scopeSpans":[{${extra},"scope":{${extra}},"spans":[` +
      `{${extra},"traceId":"${TRACE_ID}","spanId":"${SPAN_ID}","status":{${extra},"code":1}}]}]}]}`
    expect(decode(body)).toMatchObject({
      warning: '',
      spans: [{ statusCode: 1, resource: { a: 'v' } }],
    })
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  it('with keys twice: the last scalar holds, lists go together', () => {
    const twice =
      '"name":"first","name":"last","attributes":[],"attributes":[{"key":"a","value":{"boolValue":true}}]'
    expect(oneSpan(twice)).toMatchObject({ name: 'last', attributes: { a: true } })
    expect(attribute('{"stringValue":"x","intValue":"5"}')).toBe(5)
  })

  it('in snake_case is ignored with a warning', () => {
    const snake = oneSpan('"parent_span_id":"eee19b7ec3c1b173","start_time_unix_nano":"5"')
    expect(snake).toMatchObject({ parentSpanId: '', startUnixNano: 0n })
    expect(decode(request('"start_time_unix_nano":"5"')).warning).toContain('lowerCamelCase')
    expect(decode('{"resource_spans":[{"scope_spans":[{}]}]}')).toMatchObject({
      spans: [],
      warning: expect.stringContaining('snake_case'),
    })
    expect(decode(request('"my_own_key":1')).warning).toBe('')
    expect(decode('{}').warning).toBe('')
  })
})

describe('ids', () => {
  it.each(['5B8EFFF798038103D269B633813FC60C', '5b8EFFf798038103d269B633813FC60c'])(
    'may be hex in any case: %s',
    (id) => {
      expect(oneSpan(`"traceId":"${id}"`).traceId).toBe(TRACE_ID)
    },
  )

  it.each([
    ['"traceId":"W47/95gDgQPSabYzgT/GDA=="', 'base64'],
    ['"spanId":"7uGbfsPBsXQ="', 'base64'],
    ['"traceId":"zz8efff798038103d269b633813fc60c"', 'no hex'],
    ['"traceId":"5b8e"', 'short'],
    ['"traceId":null', 'null'],
    ['"spanId":""', 'empty'],
    ['"spanId":"0000000000000000"', 'zeros'],
    ['"parentSpanId":"eee19b7ec3c1b1"', 'short'],
  ])('reject the span when bad: %s (%s)', (rest) => {
    expect(decode(request(rest))).toMatchObject({ spans: [], rejected: 1 })
  })

  it.each(['""', 'null', '"0000000000000000"'])('make a root of parent %s', (id) => {
    expect(oneSpan(`"parentSpanId":${id}`).parentSpanId).toBe('')
  })
})

describe('numbers', () => {
  it.each(['1544712660000000001', '"1544712660000000001"'])(
    'of 64 bits are exact: %s',
    (number) => {
      const span = oneSpan(`"startTimeUnixNano":${number},"endTimeUnixNano":18446744073709551615`)
      expect(span.startUnixNano).toBe(1_544_712_660_000_000_001n)
      expect(span.endUnixNano).toBe(2n ** 64n - 1n)
    },
  )

  it.each([
    ['"startTimeUnixNano":18446744073709551616', '64 bits'],
    ['"endTimeUnixNano":"99999999999999999999999"', '64 bits'],
    ['"startTimeUnixNano":-1', '64 bits'],
    ['"startTimeUnixNano":1.5', 'integer'],
    ['"startTimeUnixNano":1e400', '64 bits'],
    ['"startTimeUnixNano":"12x"', '64 bits'],
    ['"startTimeUnixNano":""', '64 bits'],
    ['"startTimeUnixNano":true', 'invalid value'],
    ['"events":[{"timeUnixNano":"18446744073709551616"}]', '64 bits'],
    ['"flags":4294967296', '32 bits'],
    ['"kind":4294967298', '32 bits'],
    ['"attributes":[{"key":"not wanted","value":{"intValue":"9223372036854775808"}}]', '64 bits'],
    ['"attributes":[{"key":"a","value":{"doubleValue":1e999}}]', '64 bits'],
    ['"attributes":[{"key":"a","value":{"doubleValue":"0x10"}}]', 'number is expected'],
    [`"startTimeUnixNano":${'0.'.padEnd(2_000, '1')}`, 'too long'],
  ])('that do not fit refuse the request: %s', (rest, message) => {
    expect(refusal(request(rest))).toContain(message)
  })

  it('may be written with a fraction of 0 or an exponent', () => {
    expect(oneSpan('"startTimeUnixNano":1.5e3,"kind":3.0')).toMatchObject({
      startUnixNano: 1_500n,
      kind: 3,
    })
  })

  it('of enums are integers, not names; later ones count as unspecified', () => {
    expect(oneSpan('"kind":3,"status":{"code":2}')).toMatchObject({ kind: 3, statusCode: 2 })
    expect(oneSpan('"kind":6,"status":{"code":-1}')).toMatchObject({ kind: 0, statusCode: 0 })
    expect(refusal(request('"kind":"SPAN_KIND_SERVER"'))).toContain('an enum must be an integer')
    expect(refusal(request('"status":{"code":"2"}'))).toContain('an enum must be an integer')
  })
})

describe('attribute values', () => {
  it.each([
    ['{"stringValue":"ü \\u00fc \\ud83d\\ude00 \\n\\"\\/"}', 'ü ü 😀 \n"/'],
    ['{"stringValue":"\\ud83d lone \\ude00"}', '\ufffd lone \ufffd'],
    ['{"stringValue":""}', ''],
    ['{"boolValue":true}', true],
    ['{"boolValue":false}', false],
    ['{"intValue":"-9223372036854775808"}', -(2 ** 63)],
    ['{"intValue":503}', 503],
    ['{"doubleValue":"NaN"}', Number.NaN],
    ['{"doubleValue":"-Infinity"}', Number.NEGATIVE_INFINITY],
    ['{"doubleValue":"2.5"}', 2.5],
    ['{"doubleValue":-0.5e1}', -5],
    ['{"arrayValue":{"values":[{"stringValue":"a\\n"},{"intValue":1},null,{}]}}', ['a\n', 1]],
    ['{"arrayValue":{"values":[{"kvlistValue":{"values":[]}}]}}', undefined],
    ['{"arrayValue":{}}', undefined],
    ['{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"x"}}]}}', undefined],
    ['{"bytesValue":"AQI="}', undefined],
    ['{}', undefined],
  ])('may be %s', (value, expected) => {
    expect(attribute(value)).toEqual(expected)
    expect(attribute(value)).toEqual(expected)
  })

  it('have keys that may be escaped', () => {
    expect(
      oneSpan('"attributes":[{"\\u006bey":"\\u0061","value":{"intValue":1}}]').attributes,
    ).toEqual({ a: 1 })
  })

  it('longer than 4,096 bytes are cut at a character', () => {
    const long = 'ü'.repeat(5_000)
    expect(attribute(`{"stringValue":"a${long}"}`)).toBe(`a${'ü'.repeat(2_047)}`)
    expect(attribute(`{"stringValue":"\\u0061${long}"}`)).toBe(`a${'ü'.repeat(2_047)}`)
  })

  it('with bad UTF-8 harm nothing else', () => {
    const [before, after] = request('"attributes":[{"key":"a","value":{"stringValue":"!"}}]').split(
      '!',
    )
    const body = Buffer.concat([Buffer.from(before!), Buffer.of(0xff), Buffer.from(after!)])
    expect(readBatch(decoder.decode(body).batch).spans[0]!.attributes).toEqual({ a: '\ufffd' })
  })
})

describe('exception.type', () => {
  it('is that of the last event that has one', () => {
    const event = (value: string): string =>
      `{"name":"exception","attributes":[{"key":"exception.type","value":${value}}]}`
    const events = ['{"stringValue":"First"}', '{"stringValue":"Second"}', '{"intValue":3}'].map(
      event,
    )
    expect(oneSpan(`"events":[${events.join()},{}]`).exceptionType).toBe('Second')
  })
})

describe('an undecodable document', () => {
  it.each([
    ['', 'an object is expected'],
    ['null', 'an object is expected'],
    ['[]', 'an object is expected'],
    ['{', 'a string is expected'],
    ['{"a":1,}', 'a string is expected'],
    ['{"a" 1}', 'a colon is expected'],
    ['{"a":[1 2]}', 'a comma is expected'],
    ['{"a":[1,]}', 'an invalid value'],
    ['{"a":01}', 'begins with 0'],
    ['{"a":1.}', 'an invalid value'],
    ['{"a":-}', 'an invalid value'],
    ['{"a":tru}', 'an invalid value'],
    ['{"a":NaN}', 'an invalid value'],
    ['{"a":"\n"}', 'control character'],
    ['{"a":"', 'not closed'],
    ['{"a":"\\x"}', 'an invalid escape'],
    ['{"a":"\\u12g4"}', 'an invalid escape'],
    ['{}{}', 'something follows the end'],
    ['{} x', 'something follows the end'],
    ['{"resourceSpans":{}}', 'an array is expected'],
    ['{"resourceSpans":[1]}', 'an object is expected'],
    [request('"name":5'), 'a string is expected'],
    [request('"status":[]'), 'an object is expected'],
    [request('"attributes":[{"key":"a","value":{"boolValue":1}}]'), 'an invalid value'],
    ['['.repeat(1_000_000), 'an object is expected'],
    [`{"a":${'['.repeat(1_000_000)}`, 'too deep nesting'],
    [`{"a":${'{"a":'.repeat(200_000)}`, 'too deep nesting'],
  ])('is refused: %.40s', (text, message) => {
    expect(refusal(text)).toContain(message)
    expect(refusal(text)).toMatch(/^invalid JSON: .*, at byte \d+$/)
    expect(oneSpan().traceId).toBe(TRACE_ID)
  })

  it('is what JSON.parse refuses too, wherever a byte is lost, doubled or flipped', () => {
    fc.assert(
      fc.property(traces, fc.nat(), fc.nat({ max: 9 }), (input, place, change) => {
        const body = Buffer.from(toJson(input))
        const at = place % body.length
        if (change < 8) body[at]! ^= 1 << change
        const changed =
          change < 8
            ? body
            : Buffer.concat([
                body.subarray(0, at + (change === 8 ? 0 : 1)),
                body.subarray(at + (change === 8 ? 1 : 0)),
              ])
        if (refusalOf(decoder, changed) === undefined) JSON.parse(changed.toString())
      }),
      { numRuns: 1_000, endOnFailure: true },
    )
  })

  it('is a document cut off anywhere', () => {
    fc.assert(
      fc.property(traces, fc.array(fc.nat(), { minLength: 50, maxLength: 50 }), (input, cuts) => {
        const body = Buffer.from(toJson(input))
        const accepted = cuts.filter(
          (cut) => refusalOf(decoder, body.subarray(0, cut % body.length)) === undefined,
        )
        expect(accepted).toEqual([])
      }),
      { endOnFailure: true },
    )
  })

  it('any JSON in the place of any field is taken or refused, never worse', () => {
    const field = fc.constantFrom('attributes', 'events', 'status', 'kind', 'traceId', 'links', 'x')
    fc.assert(
      fc.property(field, fc.json(), (name, value) => {
        expect(
          refusalOf(decoder, Buffer.from(request(`"${name}":${value}`)))?.code ?? 'none',
        ).toMatch(/^(none|invalid_argument)$/)
      }),
    )
  })
})
