import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { describe, expect, it, vi } from 'vitest'
import { afterTest, startReceiver, type Running } from './running-receiver.ts'

/** The exporters of logs that an SDK makes by the standard variables; endpoint with path. */
const PROTOCOLS: readonly (readonly [string, (running: Running) => string])[] = [
  ['grpc', ({ grpcPort }) => `http://127.0.0.1:${grpcPort}`],
  ['http/protobuf', ({ httpPort }) => `http://127.0.0.1:${httpPort}/v1/logs`],
  ['http/json', ({ httpPort }) => `http://127.0.0.1:${httpPort}/v1/logs`],
]

/** Where @opentelemetry/api-logs, which comes with the SDK, keeps the provider of the process. */
const LOGS_API = Symbol.for('io.opentelemetry.js.api.logs')
interface LogsApi {
  [LOGS_API]?: (version: number) => {
    getLogger(name: string): { emit(record: Readonly<Record<string, unknown>>): void }
  }
}
const SPAN = { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags: 1 }
const api = globalThis as typeof globalThis & LogsApi

describe.each(PROTOCOLS)('the exporter of logs over %s', (protocol, endpointOf) => {
  it.each(['none', 'gzip'])('8, 11: delivers announcements, compression %s', async (coding) => {
    const running = await startReceiver({}, ['traces', 'logs'])
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'none')
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'none')
    vi.stubEnv('OTEL_LOGS_EXPORTER', 'otlp')
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_PROTOCOL', protocol)
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', endpointOf(running))
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_COMPRESSION', coding)
    afterTest(() => {
      vi.unstubAllEnvs()
      delete api[LOGS_API]
    })
    const sdk = new NodeSDK({ serviceName: 'llm-proxy', autoDetectResources: false })
    sdk.start()
    const logger = api[LOGS_API]!(1).getLogger('spanpager')
    logger.emit({ body: 'an ordinary line', severityNumber: 9 })
    logger.emit({
      eventName: 'span.open',
      context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
      timestamp: 1_700_000_000_123,
      attributes: { 'span.name': 'chat', 'span.age_ms': 5_000.5, 'spanpager.request': true },
    })
    logger.emit({
      body: '{"resourceSpans":[]}',
      attributes: { 'partial.event': 'heartbeat', 'partial.body.type': 'json/v1' },
    })
    await sdk.shutdown()

    expect(running.consumer.records).toMatchObject([
      {
        eventName: 'span.open',
        traceId: SPAN.traceId,
        spanId: SPAN.spanId,
        timeUnixNano: 1_700_000_000_123_000_000n,
        attributes: new Map<string, unknown>([
          ['span.name', 'chat'],
          ['span.age_ms', 5_000.5],
          ['spanpager.request', true],
        ]),
        resource: new Map([['service.name', 'llm-proxy']]),
      },
      {
        eventName: '',
        // Logged outside of any span.
        traceId: '',
        spanId: '',
        body: '{"resourceSpans":[]}',
        scopeName: 'spanpager',
        attributes: new Map([
          ['partial.event', 'heartbeat'],
          ['partial.body.type', 'json/v1'],
        ]),
      },
    ])
    const { acceptedLogs, failed } = running.telemetry
    expect(acceptedLogs.grpc + acceptedLogs.http).toBe(3)
    expect(failed).toEqual([])
  })
})
