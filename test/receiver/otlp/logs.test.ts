import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../../src/model/refusal.ts'
import {
  encodeLogs,
  encodeLogsJson,
  type LogInput,
  type LogsInput,
} from '../../helpers/otlp-logs.ts'
import { encodeTraces } from '../../helpers/otlp.ts'
import { grpcClient, postProtobuf, readExportAnswer, readStatus, send } from './clients.ts'
import { type Running, someSpans, startReceiver } from './running-receiver.ts'

const LOGS_EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
const ANSWER = 'logs.v1.ExportLogsServiceResponse'
const UNAVAILABLE = 14

const OPEN: LogInput = {
  traceId: 'a1'.repeat(16),
  spanId: 'b2'.repeat(8),
  eventName: 'span.open',
  severityNumber: 9,
  attributes: { 'span.lifecycle': 'open', 'span.age_ms': 5_000 },
}
const ORDINARY: LogInput = { severityText: 'INFO', body: 'GET /v1/models 200' }
const BAD: LogInput = { ...OPEN, spanId: 'b2' }

function request(...logs: readonly LogInput[]): LogsInput {
  return [{ resource: { 'service.name': 'proxy' }, scopes: [{ name: 'spanpager', logs }] }]
}

interface Reply {
  /** A gRPC code or an HTTP status. */
  readonly code: number
  readonly body: Buffer
}
interface Way {
  readonly transport: 'grpc' | 'http'
  readonly ok: number
  readonly invalid: number
  readonly tooLarge: number
  readonly unavailable: number
  readonly encode: (input: LogsInput) => Uint8Array
  readonly send: (running: Running, body: Uint8Array) => Promise<Reply>
  /** Partial success of an answer. */
  readonly read: (body: Buffer) => unknown
}

const HTTP = { transport: 'http', ok: 200, invalid: 400, tooLarge: 413, unavailable: 503 } as const

const WAYS: readonly (readonly [string, Way])[] = [
  [
    'gRPC',
    {
      transport: 'grpc',
      ok: 0,
      invalid: 3,
      tooLarge: 8,
      unavailable: UNAVAILABLE,
      encode: encodeLogs,
      send: async ({ grpcPort }, body) => {
        const reply = await grpcClient(grpcPort).call(body, LOGS_EXPORT)
        return { code: reply.code, body: reply.body ?? Buffer.alloc(0) }
      },
      read: (body) => readExportAnswer(body, ANSWER),
    },
  ],
  [
    'HTTP, protobuf',
    {
      ...HTTP,
      encode: encodeLogs,
      send: ({ httpPort }, body) => post(httpPort, 'application/x-protobuf', body),
      read: (body) => readExportAnswer(body, ANSWER),
    },
  ],
  [
    'HTTP, JSON',
    {
      ...HTTP,
      encode: encodeLogsJson,
      send: ({ httpPort }, body) => post(httpPort, 'application/json', body),
      read: (body) => JSON.parse(body.toString()),
    },
  ],
]

async function post(port: number, type: string, body: Uint8Array): Promise<Reply> {
  const reply = await send(port, { path: '/v1/logs', headers: { 'Content-Type': type }, body })
  return { code: reply.status, body: reply.body }
}

describe.each(WAYS)('logs over %s', (_, way) => {
  it('1, 4, 11, 13: gives announcements to the consumer and counts all records', async () => {
    const running = await startReceiver({}, ['traces', 'logs'])
    const body = way.encode(request(ORDINARY, OPEN, ORDINARY))
    const reply = await way.send(running, body)
    expect(reply.code).toBe(way.ok)
    expect(way.read(reply.body)).toEqual({})
    expect(running.consumer.records).toMatchObject([
      {
        eventName: 'span.open',
        traceId: OPEN.traceId,
        spanId: OPEN.spanId,
        scopeName: 'spanpager',
        attributes: new Map<string, unknown>([
          ['span.lifecycle', 'open'],
          ['span.age_ms', 5_000],
        ]),
        resource: new Map([['service.name', 'proxy']]),
      },
    ])
    expect(running.telemetry.acceptedLogs[way.transport]).toBe(3)
    expect(running.telemetry.refusedLogs[way.transport]).toBe(0)
    expect(running.telemetry.accepted[way.transport]).toBe(0)
  })

  it('does not trouble the consumer with ordinary records', async () => {
    const running = await startReceiver({}, ['logs'])
    running.consumer.answer = () => Promise.reject(new Error('not to be called'))
    const reply = await way.send(running, way.encode(request(ORDINARY, ORDINARY)))
    expect(reply.code).toBe(way.ok)
    expect(running.telemetry.acceptedLogs[way.transport]).toBe(2)
    expect(running.telemetry.broken).toEqual([])
  })

  it('5, 23: tells of announcements with bad ids, and keeps the others', async () => {
    const running = await startReceiver({}, ['logs'])
    const reply = await way.send(running, way.encode(request(BAD, OPEN, ORDINARY)))
    expect(reply.code).toBe(way.ok)
    const partialSuccess = {
      rejectedLogRecords: expect.toSatisfy((count) => Number(count) === 1),
      errorMessage:
        '1 log record was rejected: its trace id or span id is missing, of wrong length or all zeros',
    }
    expect(way.read(reply.body)).toEqual({ partialSuccess })
    expect(running.consumer.records).toHaveLength(1)
    expect(running.telemetry.acceptedLogs[way.transport]).toBe(2)
    expect(running.telemetry.refusedLogs[way.transport]).toBe(1)
  })

  it('6, 16: refuses what cannot be decoded', async () => {
    const running = await startReceiver({}, ['logs'])
    const body = way.encode(request(OPEN))
    const reply = await way.send(running, body.subarray(0, body.length - 1))
    expect(reply.code).toBe(way.invalid)
    await vi.waitFor(() =>
      expect(running.telemetry.failed).toEqual([`${way.transport} invalid_argument`]),
    )
  })

  it('3, 15: holds to the limit of the protocol', async () => {
    const limits = { grpc: { maxRecvMsgBytes: 1_000 }, http: { maxRequestBodyBytes: 1_000 } }
    const running = await startReceiver(limits, ['logs'])
    const body = way.encode(request({ ...ORDINARY, body: 'x'.repeat(1_000) }))
    expect((await way.send(running, body)).code).toBe(way.tooLarge)
  })

  it('7, 17: passes a refusal of the consumer on, and counts the whole request', async () => {
    const running = await startReceiver({}, ['logs'])
    running.consumer.answer = () => Promise.reject(new Refusal('unavailable', 'the disk is full'))
    const reply = await way.send(running, way.encode(request(OPEN, ORDINARY)))
    expect(reply.code).toBe(way.unavailable)
    expect(running.telemetry.refusedLogs[way.transport]).toBe(2)
    expect(running.telemetry.acceptedLogs[way.transport]).toBe(0)
  })
})

describe('a signal without a pipeline', () => {
  it('1, 12: of logs is UNIMPLEMENTED and 404', async () => {
    const { grpcPort, httpPort } = await startReceiver({}, ['traces'])
    const body = encodeLogs(request(OPEN))
    expect((await grpcClient(grpcPort).call(body, LOGS_EXPORT)).code).toBe(12)
    expect((await post(httpPort, 'application/x-protobuf', body)).code).toBe(404)
  })

  it('1, 12: of traces is UNIMPLEMENTED and 404, which names what is served', async () => {
    const { grpcPort, httpPort } = await startReceiver({}, ['logs'])
    const body = encodeTraces(someSpans(1))
    expect((await grpcClient(grpcPort).call(body)).code).toBe(12)
    const reply = await postProtobuf(httpPort, body)
    expect(reply.status).toBe(404)
    expect(readStatus(reply.body).message).toBe('not found; logs go to /v1/logs')
  })
})

describe('logs over HTTP', () => {
  it('14: are taken in gzip', async () => {
    const { httpPort, consumer } = await startReceiver({}, ['logs'])
    const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip' }
    const body = gzipSync(encodeLogs(request(OPEN)))
    expect((await send(httpPort, { path: '/v1/logs', headers, body })).status).toBe(200)
    expect(consumer.records).toHaveLength(1)
  })

  it('20: may have a path of their own', async () => {
    const http = { logsUrlPath: '/otlp/logs' }
    const { httpPort, consumer } = await startReceiver({ http }, ['traces', 'logs'])
    const headers = { 'Content-Type': 'application/json' }
    const body = encodeLogsJson(request(OPEN))
    expect((await send(httpPort, { path: '/otlp/logs', headers, body })).status).toBe(200)
    expect(consumer.records).toHaveLength(1)
    const elsewhere = await send(httpPort, { path: '/v1/logs', headers, body })
    expect(JSON.parse(elsewhere.body.toString()).message).toBe(
      'not found; traces go to /v1/traces, logs go to /otlp/logs',
    )
  })
})
