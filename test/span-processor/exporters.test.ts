import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SpanpagerSpanProcessor } from '../../src/index.ts'
import { startOtlpServer, type OtlpServer, type Received } from './otlp-server.ts'
import { SDKS, SERVER } from './sdks.ts'

const CHAT = { kind: SERVER, attributes: { 'url.path': '/v1/chat/completions' } }

const isOpen = ({ attributes }: Received): boolean => attributes['span.lifecycle'] === 'open'
const isClosed = ({ attributes }: Received): boolean => attributes['span.lifecycle'] === 'closed'

let server: OtlpServer

beforeEach(async () => {
  server = await startOtlpServer()
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

describe.each(SDKS)('real OTLP exporters with spans of $name', (sdk) => {
  it('send announcements as spans', async () => {
    const exporter = new OTLPTraceExporter({ url: `${server.endpoint}/v1/traces` })
    const app = sdk.run(new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 }))
    const span = app.start('POST', CHAT)
    const open = await server.next(isOpen)
    span.end()
    const closed = await server.next(isClosed)
    expect(open).toMatchObject({
      path: '/v1/traces',
      name: 'POST',
      traceId: span.spanContext().traceId,
      parentSpanId: span.spanContext().spanId,
      attributes: { 'span.kind': 'SERVER', 'spanpager.request': true },
    })
    expect(closed.attributes).toMatchObject({ 'span.close_reason': 'ended' })
    expect(closed.spanId).not.toBe(open.spanId)
    expect(open.resource['service.name']).toMatch(/^unknown_service/)
    await app.shutdown()
  })

  it('send announcements as log records of the span itself', async () => {
    const app = sdk.run(
      new SpanpagerSpanProcessor({
        encoding: 'logs',
        endpoint: server.endpoint,
        announceAfterMs: 0,
      }),
    )
    const span = app.start('POST', CHAT)
    await server.next(isOpen)
    span.end()
    await server.next(isClosed)
    expect(server.received).toMatchObject(
      ['span.open', 'span.closed'].map((name) => ({
        path: '/v1/logs',
        name,
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        attributes: { 'span.name': 'POST' },
      })),
    )
    await app.shutdown()
  })
})

describe('the default exporter', () => {
  it.each([
    ['spans', 'trace', '/v1/traces'],
    ['logs', 'logs', '/v1/logs'],
  ] as const)('for %s is set up by the environment', async (encoding, _signal, path) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', server.endpoint)
    const processor = new SpanpagerSpanProcessor({ encoding, announceAfterMs: 0 })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const span = provider.getTracer('llm-proxy').startSpan('POST', CHAT)
    const open = await server.next(isOpen)
    expect(open.path).toBe(path)
    span.end()
    await provider.shutdown()
    expect(server.received.some((each) => isClosed(each))).toBe(true)
  })

  it('goes to the endpoint in the options, whatever the environment says', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:1')
    const processor = new SpanpagerSpanProcessor({ endpoint: server.endpoint, announceAfterMs: 0 })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    provider.getTracer('llm-proxy').startSpan('POST', CHAT)
    const open = await server.next(isOpen)
    expect(open.path).toBe('/v1/traces')
    await provider.shutdown()
  })
})

describe('with NodeSDK', () => {
  it('waits for the resource, whose detectors are asynchronous', async () => {
    const exporter = new OTLPTraceExporter({ url: `${server.endpoint}/v1/traces` })
    const { promise: detected, resolve } = Promise.withResolvers<string>()
    const processor = new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 })
    const batch = new BatchSpanProcessor(
      new OTLPTraceExporter({ url: `${server.endpoint}/v1/traces` }),
    )
    const sdk = new NodeSDK({
      serviceName: 'llm-proxy',
      resource: resourceFromAttributes({ 'service.instance.id': detected }),
      spanProcessors: [batch, processor],
      instrumentations: [],
    })
    sdk.start()
    const { trace } = await import('@opentelemetry/api')
    const span = trace.getTracer('llm-proxy').startSpan('POST', CHAT)
    const flushed = processor.forceFlush()
    expect(server.received).toEqual([])
    resolve('pod-7')
    await flushed
    span.end()
    await sdk.shutdown()
    expect(server.received.map(({ attributes }) => attributes['span.lifecycle'])).toEqual(
      expect.arrayContaining(['open', 'closed', undefined]),
    )
    for (const { resource } of server.received) {
      expect(resource).toMatchObject({
        'service.name': 'llm-proxy',
        'service.instance.id': 'pod-7',
      })
    }
  })
})
