import { credentials } from '@grpc/grpc-js'
import {
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'

const EXPORTERS: Record<string, (running: RunningCollector) => SpanExporter> = {
  grpc: ({ grpcUrl }) =>
    new GrpcExporter({ url: grpcUrl, credentials: credentials.createInsecure() }),
  'http/protobuf': ({ httpUrl }) => new ProtobufExporter({ url: `${httpUrl}/v1/traces` }),
  'http/json': ({ httpUrl }) => new JsonExporter({ url: `${httpUrl}/v1/traces` }),
}

const QUICK = {
  failure_threshold: 3,
  failure_threshold_window_seconds: 1,
  hanging_threshold_seconds: 60,
  keep_firing_for: '100ms',
  flap_window: '0s',
}

let running: RunningCollector | undefined
let provider: BasicTracerProvider | undefined

afterEach(async () => {
  await provider?.shutdown()
  await running?.stop()
  provider = undefined
  running = undefined
})

function trafficTo(exporter: SpanExporter) {
  const tracing = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  provider = tracing
  const tracer = tracing.getTracer('test')
  const start = (name: string, kind: SpanKind, parent: Context, attributes = {}): Span =>
    tracer.startSpan(name, { kind, attributes }, parent)
  /** One user request with one attempt of the provider. */
  const request = (status: number): void => {
    const server = start('POST /v1/chat/completions', SpanKind.SERVER, context.active(), {
      'http.route': '/v1/chat/completions',
      'http.response.status_code': status,
    })
    const client = start('chat gpt-4o', SpanKind.CLIENT, trace.setSpan(context.active(), server), {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.input.messages': 'the secret prompt',
      'http.response.status_code': status,
    })
    if (status >= 400) {
      client.setAttribute('error.type', String(status))
      client.setStatus({ code: SpanStatusCode.ERROR, message: 'the secret message' })
    }
    if (status >= 500) server.setStatus({ code: SpanStatusCode.ERROR })
    client.end()
    server.end()
  }
  return { request, flush: () => tracing.forceFlush() }
}

describe.each(Object.entries(EXPORTERS))('by %s, from a real SDK', (transport, exporterOf) => {
  it('the third failure opens one incident, and good traffic closes it', async () => {
    running = await startCollector({ llm_alerting: QUICK })
    const { pagerDuty } = running
    const traffic = trafficTo(exporterOf(running))
    traffic.request(503)
    traffic.request(200)
    traffic.request(529)
    await traffic.flush()
    expect((await running.alerts()).alerts).toMatchObject([
      { rule: 'failures', count: 2, threshold: 3, state: 'inactive' },
      { rule: 'hangs', count: 0 },
    ])
    expect(pagerDuty.events()).toEqual([])

    traffic.request(429)
    await traffic.flush()
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    const [incident] = pagerDuty.incidents()
    expect(incident).toMatchObject({
      status: 'triggered',
      dedupKey: 'spanpager/failures/shop',
      severity: 'critical',
    })
    expect(incident?.title).toMatch(/^shop: 3 failed LLM requests in 1 s \(threshold 3\)/)
    expect(await running.metric('spanpager_requests_total{outcome="failed"}')).toBe(3)
    expect(await running.metric('spanpager_requests_total{outcome="ok"}')).toBe(1)
    const label = transport === 'grpc' ? 'grpc' : 'http'
    const accepted = `otelcol_receiver_accepted_spans_total{receiver="otlp",transport="${label}"}`
    expect(await running.metric(accepted)).toBe(8)

    for (let at = 0; at < 200 && pagerDuty.incidents()[0]?.status !== 'resolved'; at += 1) {
      traffic.request(200)
      await traffic.flush()
      await pagerDuty
        .waitFor(() => pagerDuty.incidents()[0]?.status === 'resolved', 100)
        .catch(() => undefined)
    }
    expect(pagerDuty.incidents()).toMatchObject([{ status: 'resolved' }])
    expect(await running.metric('spanpager_incidents_total{rule="failures",event="trigger"}')).toBe(
      1,
    )
    expect(await running.metric('spanpager_incidents_total{rule="failures",event="resolve"}')).toBe(
      1,
    )
    const said = JSON.stringify(pagerDuty.events()) + running.log.join('')
    expect(said).not.toContain('secret')
  })
})

describe('a request that took too long', () => {
  it('pages as a hang once it ended', async () => {
    const slow = { hanging_threshold_seconds: 0.05, hanging_threshold_fails: 2 }
    running = await startCollector({ llm_alerting: slow })
    const tracing = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [new BatchSpanProcessor(EXPORTERS['grpc']!(running))],
    })
    provider = tracing
    const endMs = Date.now()
    for (const tookMs of [49, 50, 80]) {
      const span = tracing.getTracer('test').startSpan('chat m', {
        kind: SpanKind.CLIENT,
        startTime: endMs - tookMs,
        attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' },
      })
      span.end(endMs)
    }
    await tracing.forceFlush()
    const { pagerDuty } = running
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]?.title).toMatch(/^shop: 2 LLM requests waited 50 ms or more/)
    expect(await running.metric('spanpager_hangs_total{evidence="ended"}')).toBe(2)
  })
})

describe('a routing key that PagerDuty refuses', () => {
  it('is said once, makes the collector unready, and the page is kept', async () => {
    const routingKey = 'x'.repeat(32)
    running = await startCollector({ llm_alerting: { ...QUICK, failure_threshold: 1 }, routingKey })
    expect((await running.get('/ready')).status).toBe(200)
    const traffic = trafficTo(EXPORTERS['http/json']!(running))
    traffic.request(500)
    await traffic.flush()
    const { pagerDuty } = running
    await pagerDuty.waitFor(() => pagerDuty.events().length === 1)
    for (let at = 0; at < 100 && (await running.get('/ready')).status === 200; at += 1) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    expect((await running.get('/ready')).status).toBe(503)
    expect((await running.get('/live')).status).toBe(200)
    expect((await running.alerts()).pending).toMatchObject([
      { exporter: 'pagerduty', event: 'trigger', misconfigured: true },
    ])
    const errors = running.log.filter((line) => line.includes('error'))
    expect(errors.length).toBe(1)
    expect(errors[0]).toMatch(/routing key/)
    expect(running.log.join('')).not.toContain(routingKey)
  })
})
