import { SpanKind } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { SpanpagerSpanProcessor } from '../../../src/index.ts'

/** Announces a request, and has nothing more to do while it is open. */
const provider = new BasicTracerProvider({
  spanProcessors: [new SpanpagerSpanProcessor({ announceAfterMs: 0 })],
})
const tracer = provider.getTracer('llm-proxy')
tracer.startSpan('POST', {
  kind: SpanKind.SERVER,
  attributes: { 'url.path': '/v1/chat/completions' },
})
await provider.forceFlush()
