import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { SpanpagerSpanProcessor } from '../../../src/index.ts'

/** Pages by itself, to the URL of the argument; then has nothing more to do while a request is open. */
const provider = new BasicTracerProvider({
  spanProcessors: [
    new SpanpagerSpanProcessor({
      alone: {
        routingKey: 'a'.repeat(32),
        endpoint: process.argv[2],
        failureThreshold: 1,
      },
    }),
  ],
})
const tracer = provider.getTracer('llm-proxy')
const chat = { kind: SpanKind.SERVER, attributes: { 'url.path': '/v1/chat/completions' } }
tracer.startSpan('POST', chat)
const failed = tracer.startSpan('POST', chat)
failed.setStatus({ code: SpanStatusCode.ERROR })
failed.end()
await provider.forceFlush()
