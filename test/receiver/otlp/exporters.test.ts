import { SpanStatusCode } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, vi } from 'vitest'
import { Refusal } from '../../../src/model/refusal.ts'
import { afterTest, startReceiver, type Running } from './running-receiver.ts'

const EXPORTERS: readonly (readonly [string, (running: Running) => SpanExporter])[] = [
  ['gRPC', ({ grpcPort }) => new GrpcExporter({ url: `http://127.0.0.1:${grpcPort}` })],
  ['HTTP, JSON', ({ httpPort }) => new JsonExporter({ url: url(httpPort) })],
  ['HTTP, protobuf', ({ httpPort }) => new ProtobufExporter({ url: url(httpPort) })],
]

function url(port: number): string {
  return `http://127.0.0.1:${port}/v1/traces`
}

/** A real SDK that exports each span as it ends. */
function tracing(exporter: SpanExporter) {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'llm-proxy' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  afterTest(() => provider.shutdown())
  return provider
}

describe.each(EXPORTERS)('the exporter over %s', (name, createExporter) => {
  it.each(['none', 'gzip'])('8, 11: delivers its spans once, compression %s', async (coding) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', coding)
    afterTest(() => {
      vi.unstubAllEnvs()
    })
    const running = await startReceiver()
    const provider = tracing(createExporter(running))
    const tracer = provider.getTracer('litellm')
    const spans = Array.from({ length: 30 }, (_, index) => {
      const span = tracer.startSpan(`chat ${index}`, { attributes: { 'llm.model': 'gpt-4o' } })
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'upstream' })
      span.end()
      return span.spanContext()
    })
    await provider.forceFlush()

    const { consumer, telemetry } = running
    expect(consumer.spans.map((span) => span.spanId).sort()).toEqual(
      spans.map((span) => span.spanId).sort(),
    )
    expect(consumer.spans.find((span) => span.spanId === spans[7]!.spanId)).toMatchObject({
      traceId: spans[7]!.traceId,
      parentSpanId: '',
      name: 'chat 7',
      kind: 1,
      statusCode: 2,
      scopeName: 'litellm',
      attributes: { 'llm.model': 'gpt-4o' },
      resource: { 'service.name': 'llm-proxy' },
    })
    expect(telemetry.accepted.grpc + telemetry.accepted.http).toBe(30)
    expect(telemetry.failed).toEqual([])
  })

  // The gRPC exporter of this SDK never tries again by itself.
  it.skipIf(name.startsWith('gRPC'))('17: is told to try again, and does', async () => {
    const running = await startReceiver()
    const { consumer } = running
    let calls = 0
    consumer.answer = () => {
      calls += 1
      if (calls > 1) return Promise.resolve({ rejected: 0, message: '' })
      return Promise.reject(new Refusal('unavailable', 'busy', { retryAfterMs: 10 }))
    }
    const provider = tracing(createExporter(running))
    const span = provider.getTracer('litellm').startSpan('chat')
    span.end()
    await provider.forceFlush()
    expect(calls).toBe(2)
    expect(consumer.spans.map((seen) => seen.spanId)).toEqual(
      Array(2).fill(span.spanContext().spanId),
    )
  })
})
