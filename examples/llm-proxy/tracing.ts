import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { type SpanpagerOptions, SpanpagerSpanProcessor } from '../../src/index.ts'

/**
 * The OpenTelemetry SDK as any application sets it up, and beside it the SpanProcessor that announces
 * requests while they are open. `otlpUrl` is spanpager's HTTP endpoint.
 */
export function startTracing(
  otlpUrl: string,
  announce: SpanpagerOptions = {},
): BasicTracerProvider {
  const url = `${otlpUrl}/v1/traces`
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'llm-proxy' }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url }), { scheduledDelayMillis: 200 }),
      new SpanpagerSpanProcessor({ exporter: new OTLPTraceExporter({ url }), ...announce }),
    ],
  })
}
