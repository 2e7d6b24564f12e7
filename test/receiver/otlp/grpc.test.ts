import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { compressionAlgorithms } from '@grpc/grpc-js'
import { describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../../src/model/refusal.ts'
import { encodeTraces } from '../../helpers/otlp.ts'
import { frame, grpcClient, openSession, rawGrpcCall, readExportAnswer } from './clients.ts'
import { afterTest, gate, someSpans, startReceiver } from './running-receiver.ts'

const code = {
  ok: 0,
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
}

const EMPTY = Buffer.alloc(0)

describe('OTLP over gRPC', () => {
  it('1: takes Export', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const reply = await grpcClient(grpcPort).call(encodeTraces(someSpans(3)))
    expect(reply.code).toBe(code.ok)
    expect(consumer.spans.map((span) => span.spanId)).toEqual([
      '0000000000000001',
      '0000000000000002',
      '0000000000000003',
    ])
    expect(consumer.requests[0]).toMatchObject({ transport: 'grpc', encoding: 'protobuf' })
    expect(telemetry.accepted).toEqual({ grpc: 3, http: 0 })
  })

  it('1: another service or method is UNIMPLEMENTED', async () => {
    const { grpcPort, telemetry } = await startReceiver()
    const client = grpcClient(grpcPort)
    const paths = [
      '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
      '/opentelemetry.proto.collector.trace.v1.TraceService/Import',
      '/',
    ]
    for (const path of paths) {
      const reply = await client.call(encodeTraces(someSpans(1)), path)
      expect(reply.code).toBe(code.unimplemented)
    }
    await vi.waitFor(() => expect(telemetry.failed).toEqual(paths.map(() => 'grpc unimplemented')))
  })

  it('1: what is not gRPC at all is 415', async () => {
    const { grpcPort } = await startReceiver()
    const session = await openSession(grpcPort)
    const reply = await rawGrpcCall(session, { 'content-type': 'text/plain' }, Buffer.from('hello'))
    expect(reply.httpStatus).toBe(415)
  })

  it('2: takes gzip', async () => {
    const { grpcPort, consumer } = await startReceiver()
    const client = grpcClient(grpcPort, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    })
    expect((await client.call(encodeTraces(someSpans(100)))).code).toBe(code.ok)
    expect(consumer.spans).toHaveLength(100)
  })

  it('2: another message coding is UNIMPLEMENTED', async () => {
    const { grpcPort, telemetry } = await startReceiver()
    const session = await openSession(grpcPort)
    const data = frame(Buffer.from('whatever'), true)
    const reply = await rawGrpcCall(session, { 'grpc-encoding': 'snappy' }, data)
    expect(reply.code).toBe(code.unimplemented)
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc unimplemented']))
  })

  it('2: what cannot be decompressed gets the INTERNAL of the gRPC specification', async () => {
    const { grpcPort, telemetry } = await startReceiver()
    const session = await openSession(grpcPort)
    const data = frame(Buffer.from('not gzip'), true)
    expect((await rawGrpcCall(session, { 'grpc-encoding': 'gzip' }, data)).code).toBe(code.internal)
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc invalid_argument']))
  })

  it('3: a message over the limit is RESOURCE_EXHAUSTED without RetryInfo', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver({
      grpc: { maxRecvMsgBytes: 10_000 },
    })
    const reply = await grpcClient(grpcPort).call(Buffer.alloc(10_001))
    expect(reply).toMatchObject({ code: code.resourceExhausted, status: undefined })
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc too_large']))
    expect(consumer.requests).toEqual([])
  })

  it('3: a length of 2 GiB is refused before anything of it came', async () => {
    const { grpcPort } = await startReceiver()
    const session = await openSession(grpcPort)
    const data = frame(Buffer.alloc(0), false, 0x7fff_ffff)
    expect((await rawGrpcCall(session, {}, data)).code).toBe(code.resourceExhausted)
  })

  it('3: a small gzip that expands over the limit is RESOURCE_EXHAUSTED', async () => {
    const { grpcPort, telemetry } = await startReceiver({ grpc: { maxRecvMsgBytes: 1_000_000 } })
    const client = grpcClient(grpcPort, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    })
    const reply = await client.call(Buffer.alloc(64_000_000))
    expect(reply).toMatchObject({ code: code.resourceExhausted, status: undefined })
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc too_large']))
  })

  it('4: full success is a message of no bytes, an empty request too', async () => {
    const { grpcPort, telemetry } = await startReceiver()
    const client = grpcClient(grpcPort)
    for (const request of [encodeTraces(someSpans(2)), encodeTraces([]), Buffer.alloc(0)]) {
      expect(await client.call(request)).toMatchObject({ code: code.ok, body: Buffer.alloc(0) })
    }
    expect(telemetry.accepted.grpc).toBe(2)
    expect(telemetry.refused.grpc).toBe(0)
  })

  it('5, 23: spans with bad ids are rejected, the others counted', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const [resource] = someSpans(3)
    const [scope] = resource!.scopes
    const bad = [
      { traceId: '00'.repeat(16), spanId: '01'.repeat(8) },
      { traceId: 'aa'.repeat(16), spanId: '' },
    ]
    const spans = [bad[0]!, ...scope!.spans, bad[1]!]
    const reply = await grpcClient(grpcPort).call(encodeTraces([{ scopes: [{ spans }] }]))
    expect(reply.code).toBe(code.ok)
    expect(readExportAnswer(reply.body!)).toEqual({
      partialSuccess: {
        rejectedSpans: 2,
        errorMessage:
          '2 spans were rejected: their trace ids or span ids are missing, ' +
          'of wrong length or all zeros',
      },
    })
    expect(consumer.spans).toHaveLength(3)
    expect(telemetry.accepted.grpc).toBe(3)
    expect(telemetry.refused.grpc).toBe(2)
  })

  it.each([
    ['no message', Buffer.alloc(0), 'ended before one had come whole'],
    ['a message cut short', frame(EMPTY, false, 4), 'ended before one had come whole'],
    [
      'a second message',
      Buffer.concat([frame(EMPTY, false), frame(EMPTY, false)]),
      'brought a second',
    ],
  ])('6: a call with %s is INVALID_ARGUMENT with BadRequest', async (_what, data, how) => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const reply = await rawGrpcCall(await openSession(grpcPort), {}, data)
    const message = `a call brings exactly one message; this one ${how}`
    expect(reply).toMatchObject({
      code: code.invalidArgument,
      status: {
        code: code.invalidArgument,
        message,
        details: { BadRequest: { fieldViolations: [{ description: message }] } },
      },
    })
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc invalid_argument']))
    expect(consumer.requests).toEqual([])
  })

  it('6: undecodable bytes are INVALID_ARGUMENT with a BadRequest', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const reply = await grpcClient(grpcPort).call(encodeTraces(someSpans(1)).subarray(0, -1))
    expect(reply.code).toBe(code.invalidArgument)
    expect(reply.status).toEqual({
      code: code.invalidArgument,
      message: reply.message,
      details: { BadRequest: { fieldViolations: [{ description: reply.message }] } },
    })
    expect(consumer.requests).toEqual([])
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc invalid_argument']))
  })

  it('7: overload is UNAVAILABLE with RetryInfo', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    consumer.answer = () =>
      Promise.reject(new Refusal('unavailable', 'the journal is full', { retryAfterMs: 2_500 }))
    const reply = await grpcClient(grpcPort).call(encodeTraces(someSpans(4)))
    expect(reply.code).toBe(code.unavailable)
    expect(reply.status).toEqual({
      code: code.unavailable,
      message: 'the journal is full',
      details: { RetryInfo: { retryDelay: { seconds: 2, nanos: 500_000_000 } } },
    })
    expect(telemetry.accepted.grpc).toBe(0)
    expect(telemetry.refused.grpc).toBe(4)
    expect(telemetry.broken).toEqual([])
    await vi.waitFor(() => expect(telemetry.failed).toEqual(['grpc unavailable']))
  })

  it('7: a fault of ours is UNAVAILABLE too, and its text stays here', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const fault = new Error('secret detail')
    consumer.answer = () => Promise.reject(fault)
    const reply = await grpcClient(grpcPort).call(encodeTraces(someSpans(1)))
    expect(reply.code).toBe(code.unavailable)
    expect(reply.status?.details).toHaveProperty('RetryInfo')
    expect(reply.message).not.toContain('secret')
    expect(telemetry.broken).toEqual([fault])
  })

  it('7: other refusals have their codes', async () => {
    const { grpcPort, consumer } = await startReceiver()
    const client = grpcClient(grpcPort)
    for (const [refusal, expected] of [
      ['too_large', 8],
      ['unauthenticated', 16],
      ['unimplemented', 12],
    ] as const) {
      consumer.answer = () => Promise.reject(new Refusal(refusal, 'no'))
      const reply = await client.call(encodeTraces(someSpans(1)))
      expect(reply).toMatchObject({ code: expected, status: { code: expected, details: {} } })
    }
  })

  it('8: 100 concurrent calls on one connection, none lost and none counted twice', async () => {
    const { grpcPort, consumer } = await startReceiver()
    const { opened, open } = gate()
    consumer.answer = async () => {
      if (consumer.requests.length === 100) open()
      await opened
      return { rejected: 0, message: '' }
    }
    const client = grpcClient(grpcPort)
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, call) =>
        client.call(encodeTraces(someSpans(5, 1 + call * 5))),
      ),
    )
    expect(replies.every((reply) => reply.code === code.ok)).toBe(true)
    expect(consumer.spans).toHaveLength(500)
    expect(new Set(consumer.spans.map((span) => span.spanId)).size).toBe(500)
  })

  it('8: many connections', async () => {
    const { grpcPort, consumer } = await startReceiver()
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        grpcClient(grpcPort).call(encodeTraces(someSpans(5, 1 + index * 5))),
      ),
    )
    expect(replies.every((reply) => reply.code === code.ok)).toBe(true)
    expect(new Set(consumer.spans.map((span) => span.spanId)).size).toBe(100)
  })

  it('opens a receive window of 1 MiB', async () => {
    const { grpcPort } = await startReceiver()
    const session = await openSession(grpcPort)
    const settings = once(session, 'remoteSettings')
    await settings
    const raised = once(session, 'remoteSettings')
    await rawGrpcCall(session, {}, frame(encodeTraces(someSpans(1)), false))
    await raised
    expect(session.remoteSettings.initialWindowSize).toBe(1024 * 1024)
    expect(session.state.remoteWindowSize).toBeGreaterThan(900_000)
  })

  it('leaves the HTTP/2 servers of others in the process alone', async () => {
    const { telemetry } = await startReceiver()
    const other = http2.createServer((_request, response) => {
      response.writeHead(200, { 'grpc-status': '14' })
      response.end()
    })
    afterTest(() => {
      other.close()
    })
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const session = await openSession((other.address() as AddressInfo).port)
    expect((await rawGrpcCall(session, {}, Buffer.alloc(0))).code).toBe(code.unavailable)
    expect(session.remoteSettings.initialWindowSize).toBe(65_535)
    expect(telemetry.failed).toEqual([])
  })

  it('a header that grpc-js cannot take is not written to stderr', async () => {
    const written = vi.spyOn(console, 'error').mockReturnValue(undefined)
    afterTest(() => written.mockRestore())
    const { grpcPort } = await startReceiver()
    const session = await openSession(grpcPort)
    const headers = { authorization: 'Bearer sécret' }
    expect((await rawGrpcCall(session, headers, frame(Buffer.alloc(0), false))).code).toBe(code.ok)
    expect(written).not.toHaveBeenCalled()
  })

  it('a path of strange bytes harms nobody', async () => {
    const { grpcPort } = await startReceiver()
    const session = await openSession(grpcPort)
    const reply = await rawGrpcCall(session, { ':path': '/é/%00' }, Buffer.alloc(0))
    expect(reply.code).toBe(code.unimplemented)
    expect((await rawGrpcCall(session, {}, frame(Buffer.alloc(0), false))).code).toBe(code.ok)
  })

  it('a client that leaves before the answer harms nobody', async () => {
    const { grpcPort, consumer, telemetry } = await startReceiver()
    const { opened, open } = gate()
    consumer.answer = async () => {
      await opened
      return { rejected: 0, message: '' }
    }
    const session = await openSession(grpcPort)
    const call = rawGrpcCall(session, {}, frame(encodeTraces(someSpans(1)), false))
    await vi.waitFor(() => expect(consumer.requests).toHaveLength(1))
    session.destroy()
    await call
    open()
    expect((await grpcClient(grpcPort).call(encodeTraces(someSpans(1)))).code).toBe(code.ok)
    expect(telemetry.broken).toEqual([])
    expect(telemetry.accepted.grpc).toBe(2)
  })
})
