import { deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../../src/model/refusal.ts'
import { encodeTraces, encodeTracesJson, toJson } from '../../helpers/otlp.ts'
import { postJson, postProtobuf, readExportAnswer, readStatus, send } from './clients.ts'
import { someSpans, startReceiver } from './running-receiver.ts'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

describe('OTLP over HTTP', () => {
  it('11: takes protobuf and JSON on one port', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    expect((await postProtobuf(httpPort, encodeTraces(someSpans(2)))).status).toBe(200)
    expect((await postJson(httpPort, encodeTracesJson(someSpans(3, 11)))).status).toBe(200)
    expect(consumer.spans.map((span) => Number.parseInt(span.spanId, 16))).toEqual([
      1, 2, 11, 12, 13,
    ])
    expect(consumer.requests.map((request) => request.encoding)).toEqual(['protobuf', 'json'])
    expect(consumer.requests.every((request) => request.transport === 'http')).toBe(true)
    expect(telemetry.accepted).toEqual({ grpc: 0, http: 5 })
  })

  it.each([
    `${PROTOBUF}; charset=utf-8`,
    'Application/X-Protobuf',
    ` ${PROTOBUF} ;a="b;c"`,
    `${JSON_TYPE};charset=utf-8`,
  ])('12: Content-Type %s is taken', async (type) => {
    const { httpPort } = await startReceiver()
    const reply = await send(httpPort, {
      headers: { 'Content-Type': type },
      body: type.includes('json') ? '{}' : encodeTraces(someSpans(1)),
    })
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe(type.includes('json') ? JSON_TYPE : PROTOBUF)
  })

  it.each([
    [{}],
    [{ 'Content-Type': 'text/plain' }],
    [{ 'Content-Type': 'application/x-protobuffer' }],
    [{ 'Content-Type': '' }],
  ])('12: %o is 415 with a JSON Status', async (headers) => {
    const { httpPort, telemetry } = await startReceiver()
    const reply = await send(httpPort, { headers, body: encodeTraces(someSpans(1)) })
    expect(reply.status).toBe(415)
    expect(reply.headers['content-type']).toBe(JSON_TYPE)
    expect(JSON.parse(reply.body.toString())).toMatchObject({ code: 12 })
    expect(telemetry.failed).toEqual(['http unimplemented'])
  })

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])(
    '12: method %s is 405 with Allow',
    async (method) => {
      const { httpPort } = await startReceiver()
      const reply = await send(httpPort, { method })
      expect(reply.status).toBe(405)
      expect(reply.headers.allow).toBe('POST')
      if (method !== 'HEAD') expect(JSON.parse(reply.body.toString())).toMatchObject({ code: 12 })
    },
  )

  it.each(['/', '/v1/logs', '/v1/traces/', '/v1/tracesx', '/V1/traces', '/v1/traces%20'])(
    '12: path %s is 404 in the encoding of the request',
    async (path) => {
      const { httpPort } = await startReceiver()
      const headers = { 'Content-Type': PROTOBUF }
      const reply = await send(httpPort, { path, headers, body: encodeTraces(someSpans(1)) })
      expect(reply.status).toBe(404)
      expect(reply.headers['content-type']).toBe(PROTOBUF)
      expect(readStatus(reply.body)).toMatchObject({ code: 12, details: {} })
    },
  )

  it('12: a query and an absolute target are tolerated', async () => {
    const { httpPort } = await startReceiver()
    const headers = { 'Content-Type': JSON_TYPE }
    for (const path of ['/v1/traces?tenant=a', `http://127.0.0.1:${httpPort}/v1/traces`]) {
      expect((await send(httpPort, { path, headers, body: '{}' })).status).toBe(200)
    }
  })

  it('13: success is no bytes in protobuf and {} in JSON, of an empty request too', async () => {
    const { httpPort } = await startReceiver()
    for (const spans of [someSpans(1), []]) {
      const protobuf = await postProtobuf(httpPort, encodeTraces(spans))
      expect(protobuf).toMatchObject({ status: 200, body: Buffer.alloc(0) })
      expect(protobuf.headers).toMatchObject({ 'content-type': PROTOBUF, 'content-length': '0' })
      const json = await postJson(httpPort, encodeTracesJson(spans))
      expect(json.body.toString()).toBe('{}')
      expect(json.headers['content-type']).toBe(JSON_TYPE)
    }
  })

  it('13, 23: some rejected spans are 200 with a partial success', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    const [resource] = someSpans(2)
    const spans = [...resource!.scopes[0]!.spans, { traceId: '00'.repeat(16), spanId: 'ab' }]
    const request = [{ scopes: [{ spans }] }]
    const errorMessage =
      '1 span was rejected: its trace id or span id is missing, of wrong length or all zeros'

    const protobuf = await postProtobuf(httpPort, encodeTraces(request))
    expect(protobuf.status).toBe(200)
    expect(readExportAnswer(protobuf.body)).toEqual({
      partialSuccess: { rejectedSpans: 1, errorMessage },
    })
    const json = await postJson(httpPort, encodeTracesJson(request))
    expect(json.status).toBe(200)
    expect(JSON.parse(json.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage },
    })
    expect(consumer.spans).toHaveLength(4)
    expect(telemetry.accepted.http).toBe(4)
    expect(telemetry.refused.http).toBe(2)
    expect(telemetry.failed).toEqual([])
  })

  it('13: what the consumer rejects counts too, and a warning alone is 0 rejected', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    consumer.answer = () => Promise.resolve({ rejected: 2, message: 'too many services' })
    const rejected = await postJson(httpPort, toJson(someSpans(3)))
    expect(JSON.parse(rejected.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: 'too many services' },
    })
    expect(telemetry.accepted.http).toBe(1)
    expect(telemetry.refused.http).toBe(2)
    consumer.answer = () => Promise.resolve({ rejected: 0, message: 'your clock is wrong' })
    const warned = await postJson(httpPort, toJson(someSpans(1)))
    expect(JSON.parse(warned.body.toString())).toEqual({
      partialSuccess: { errorMessage: 'your clock is wrong' },
    })
    const protobuf = await postProtobuf(httpPort, encodeTraces(someSpans(1)))
    expect(readExportAnswer(protobuf.body)).toEqual({
      partialSuccess: { errorMessage: 'your clock is wrong' },
    })
  })

  it.each([
    ['gzip', gzipSync],
    ['GZip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: Uint8Array) => body],
  ] as const)('14: Content-Encoding %s is taken', async (coding, compress) => {
    const { httpPort, consumer } = await startReceiver()
    const body = encodeTraces(someSpans(50))
    const reply = await postProtobuf(httpPort, compress(body), { 'Content-Encoding': coding })
    expect(reply).toMatchObject({ status: 200, body: Buffer.alloc(0) })
    expect(consumer.spans).toHaveLength(50)
    expect(Buffer.from(consumer.requests[0]!.body)).toEqual(Buffer.from(body))
  })

  it('14: a body too large to be decompressed on the spot is taken as well', async () => {
    const { httpPort, consumer } = await startReceiver()
    // Random names: what hardly compresses is large on the wire too.
    const spans = Array.from({ length: 2_000 }, (_, index) => ({
      traceId: (index + 1).toString(16).padStart(32, '0'),
      spanId: (index + 1).toString(16).padStart(16, '0'),
      name: Buffer.from(crypto.getRandomValues(new Uint8Array(300))).toString('base64'),
    }))
    const body = gzipSync(encodeTraces([{ scopes: [{ spans }] }]))
    expect(body.length).toBeGreaterThan(400_000)
    const reply = await postProtobuf(httpPort, body, { 'Content-Encoding': 'gzip' })
    expect(reply.status).toBe(200)
    expect(consumer.spans.map((span) => span.name)).toEqual(spans.map((span) => span.name))
  })

  it('14: broken gzip is 400 with a BadRequest, and harms nobody', async () => {
    const { httpPort, telemetry } = await startReceiver()
    const whole = gzipSync(encodeTraces(someSpans(10)))
    for (const broken of [whole.subarray(0, -5), Buffer.from('not gzip'), Buffer.alloc(0)]) {
      const reply = await postProtobuf(httpPort, broken, { 'Content-Encoding': 'gzip' })
      expect(reply.status).toBe(400)
      expect(readStatus(reply.body)).toMatchObject({
        code: 3,
        details: { BadRequest: { fieldViolations: [{}] } },
      })
    }
    expect(telemetry.failed).toEqual(Array(3).fill('http invalid_argument'))
    const good = await postProtobuf(httpPort, whole, { 'Content-Encoding': 'gzip' })
    expect(good.status).toBe(200)
  })

  it.each(['snappy', 'gzip, gzip', 'br'])('14: Content-Encoding %s is 415', async (coding) => {
    const { httpPort } = await startReceiver()
    const reply = await postJson(httpPort, '{}', { 'Content-Encoding': coding })
    expect(reply.status).toBe(415)
    expect(reply.headers['accept-encoding']).toBe('identity, gzip, deflate, zstd')
    expect(JSON.parse(reply.body.toString())).toMatchObject({ code: 12 })
  })

  it('14: a coding that is not configured is 415', async () => {
    const { httpPort } = await startReceiver({ http: { compressionAlgorithms: ['gzip'] } })
    const body = zstdCompressSync(Buffer.from('{}'))
    expect((await postJson(httpPort, body, { 'Content-Encoding': 'zstd' })).status).toBe(415)
  })

  it('14: gzip out only where it is accepted and worth it', async () => {
    const { httpPort, consumer } = await startReceiver()
    const message = 'x'.repeat(1_000)
    consumer.answer = () => Promise.resolve({ rejected: 0, message })
    const body = toJson(someSpans(1))
    const expected = { partialSuccess: { errorMessage: message } }

    const gzipped = await postJson(httpPort, body, { 'Accept-Encoding': 'br, gzip;q=0.5' })
    expect(gzipped.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(gzipped.body).toString())).toEqual(expected)
    for (const accepted of ['gzip;q=0', 'deflate', '']) {
      const plain = await postJson(httpPort, body, { 'Accept-Encoding': accepted })
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(JSON.parse(plain.body.toString())).toEqual(expected)
    }
    consumer.answer = () => Promise.resolve({ rejected: 0, message: '' })
    const small = await postJson(httpPort, body, { 'Accept-Encoding': 'gzip' })
    expect(small.headers['content-encoding']).toBeUndefined()
  })

  it('16: undecodable bodies are 400 with a BadRequest in their encoding', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    const whole = encodeTraces(someSpans(1))
    const truncated = await postProtobuf(httpPort, whole.subarray(0, -1))
    expect(truncated.status).toBe(400)
    const status = readStatus(truncated.body)
    expect(status).toEqual({
      code: 3,
      message: status.message,
      details: { BadRequest: { fieldViolations: [{ description: status.message }] } },
    })
    const wrongWireType = await postProtobuf(httpPort, Buffer.from([0x08, 0x01]))
    expect(wrongWireType.status).toBe(400)
    for (const bad of ['', '{', 'nonsense secret', '{}{}', `${toJson(someSpans(1))} x`]) {
      const reply = await postJson(httpPort, bad)
      expect(reply.status).toBe(400)
      expect(reply.headers['content-type']).toBe(JSON_TYPE)
      expect(reply.body.toString()).not.toContain('secret')
      const answer = JSON.parse(reply.body.toString())
      expect(answer).toEqual({
        code: 3,
        message: answer.message,
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [{ description: answer.message }],
          },
        ],
      })
    }
    expect(consumer.requests).toEqual([])
    expect(telemetry.failed).toEqual(Array(7).fill('http invalid_argument'))
  })

  it('17: overload is 503 with Retry-After in whole seconds, never 0', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    for (const [retryAfterMs, seconds] of [
      [2_500, '3'],
      [1, '1'],
      [0, '1'],
    ] as const) {
      consumer.answer = () =>
        Promise.reject(new Refusal('unavailable', 'the journal is full', { retryAfterMs }))
      const reply = await postJson(httpPort, toJson(someSpans(2)))
      expect(reply.status).toBe(503)
      expect(reply.headers['retry-after']).toBe(seconds)
      expect(JSON.parse(reply.body.toString())).toEqual({
        code: 14,
        message: 'the journal is full',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.RetryInfo',
            retryDelay: `${retryAfterMs / 1000}s`,
          },
        ],
      })
    }
    expect(telemetry.refused.http).toBe(6)
    expect(telemetry.accepted.http).toBe(0)
    expect(telemetry.failed).toEqual(Array(3).fill('http unavailable'))
    expect(telemetry.broken).toEqual([])
  })

  it('17: a fault of ours is 503 too, never 500, and its text stays here', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    const fault = new TypeError('secret detail')
    consumer.answer = () => Promise.reject(fault)
    const reply = await postProtobuf(httpPort, encodeTraces(someSpans(1)))
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBe('1')
    expect(readStatus(reply.body).message).not.toContain('secret')
    expect(telemetry.broken).toEqual([fault])
  })

  it('18: a long message is shortened', async () => {
    const { httpPort, consumer } = await startReceiver()
    consumer.answer = () => Promise.resolve({ rejected: 1, message: '🚨'.repeat(3_000_000) })
    const accepted = await postProtobuf(httpPort, encodeTraces(someSpans(1)))
    expect(accepted.body.length).toBeLessThan(4_096)
    expect(readExportAnswer(accepted.body)).toMatchObject({ partialSuccess: { rejectedSpans: 1 } })
    consumer.answer = () => Promise.reject(new Refusal('unavailable', 'é'.repeat(5_000_000)))
    const refused = await postJson(httpPort, toJson(someSpans(1)))
    expect(refused.body.length).toBeLessThan(4_096)
    expect(JSON.parse(refused.body.toString()).message).toMatch(/^é+…$/)
  })

  it('26: hex ids in any case are the same ids, and base64 ids are none', async () => {
    const { httpPort, consumer } = await startReceiver()
    const lower = { traceId: 'abcdef0123456789'.repeat(2), spanId: 'abcdef0123456789' }
    const upper = { traceId: lower.traceId.toUpperCase(), spanId: 'ABCdef0123456789' }
    const base64 = { traceId: 'q83vASNFZ4mrze8BI0VniQ==', spanId: 'q83vASNFZ4k=' }
    const reply = await postJson(
      httpPort,
      toJson([{ scopes: [{ spans: [lower, upper, base64] }] }]),
    )
    expect(JSON.parse(reply.body.toString()).partialSuccess.rejectedSpans).toBe('1')
    expect(consumer.spans).toMatchObject([
      { ...lower, parentSpanId: '' },
      { ...lower, parentSpanId: '' },
    ])
  })

  it('27: 1544712660000000001 survives in protobuf, as JSON string and as JSON number', async () => {
    const { httpPort, consumer } = await startReceiver()
    const asString = toJson(someSpans(1))
    const asNumber = asString.replace('"1544712660000000001"', '1544712660000000001')
    expect(asNumber).not.toBe(asString)
    await postProtobuf(httpPort, encodeTraces(someSpans(1)))
    await postJson(httpPort, asString)
    await postJson(httpPort, asNumber)
    expect(consumer.spans.map((span) => span.startUnixNano)).toEqual(
      Array(3).fill(1_544_712_660_000_000_001n),
    )
  })

  it('28: keys in snake_case are ignored with a warning', async () => {
    const { httpPort, consumer } = await startReceiver()
    const reply = await postJson(httpPort, '{"resource_spans":[]}')
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body.toString()).partialSuccess.errorMessage).toMatch(/snake_case/)
    expect(consumer.spans).toEqual([])
  })
})
