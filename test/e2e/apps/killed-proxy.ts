import { SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { SpanpagerSpanProcessor } from '../../../src/index.ts'

/** Announces so many open streams to an OTLP endpoint, and is killed: `killed-proxy.ts URL COUNT`. */
const [endpoint, count] = process.argv.slice(2)
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'old' }),
  spanProcessors: [new SpanpagerSpanProcessor({ endpoint, announceAfterMs: 0, heartbeatMs: 1000 })],
})
const tracer = provider.getTracer('shop')
for (let at = 0; at < Number(count); at += 1) {
  tracer.startSpan('POST /v1/chat/completions', {
    kind: SpanKind.SERVER,
    attributes: { 'http.route': '/v1/chat/completions', 'gen_ai.request.stream': true },
  })
}
await provider.forceFlush()
process.kill(process.pid, 'SIGKILL')
