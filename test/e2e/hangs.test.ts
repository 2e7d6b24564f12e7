import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type Exporter,
  progress,
  type SpanpagerOptions,
  SpanpagerSpanProcessor,
} from '../../src/index.ts'
import { QUICK_HANGS } from './quick-hangs.ts'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'

let running: RunningCollector
let provider: BasicTracerProvider

afterEach(async () => {
  vi.unstubAllEnvs()
  await provider.shutdown()
  await running.stop()
})

const WAYS = (['spans', 'logs'] as const).flatMap((encoding) =>
  ['grpc', 'http/protobuf', 'http/json'].map((protocol) => ({ encoding, protocol })),
)

function spanExporter(): OTLPTraceExporter {
  return new OTLPTraceExporter({ url: `${running.httpUrl}/v1/traces` })
}

/**
 * A proxy with the SpanProcessor beside a real exporter, which sends only when it is flushed. Gives
 * what starts a request of it.
 */
function startProxy(options: SpanpagerOptions): () => Span {
  provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [
      new BatchSpanProcessor(spanExporter(), { scheduledDelayMillis: 60_000 }),
      new SpanpagerSpanProcessor({ announceAfterMs: 0, heartbeatMs: 1000, ...options }),
    ],
  })
  const tracer = provider.getTracer('shop')
  return () =>
    tracer.startSpan('POST /v1/chat/completions', {
      kind: SpanKind.SERVER,
      attributes: { 'http.route': '/v1/chat/completions', 'gen_ai.request.model': 'gpt-4o' },
    })
}

async function until(series: string, value: number): Promise<void> {
  const holds = async (): Promise<boolean> => (await running.metric(series)) === value
  await vi.waitUntil(holds, { timeout: 10_000, interval: 20 })
}

const FAILED = 'spanpager_requests_total{outcome="failed"}'
const OK = 'spanpager_requests_total{outcome="ok"}'
const OPEN = 'spanpager_open_spans{state="announced"}'
const HANGS = 'spanpager_hangs_total{evidence="announced"}'

describe.each(WAYS)('a request announced as $encoding over $protocol', ({ encoding, protocol }) => {
  it('pages while it is open; its end closes it, and the incident', async () => {
    running = await startCollector({ llm_alerting: QUICK_HANGS, logs: encoding === 'logs' })
    const { pagerDuty } = running
    // The exporter is the one that the processor loads by itself.
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol)
    const endpoint = protocol === 'grpc' ? running.grpcUrl : running.httpUrl
    const span = startProxy({ encoding, endpoint })()
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]).toMatchObject({
      title: expect.stringMatching(
        /^shop: 1 LLM request open for more than 300 ms \(threshold 1\)/,
      ),
      dedupKey: 'spanpager/hangs/shop',
      details: {
        open: 1,
        hang_evidence: { announced: 1 },
        hang_kinds: { no_first_token: 1 },
        models: { 'gpt-4o': 1 },
        sample_trace_ids: [span.spanContext().traceId],
      },
    })
    // Nothing has ended.
    expect(await running.metric(OK)).toBe(0)
    expect(await running.metric(OPEN)).toBe(1)

    span.end()
    await provider.forceFlush()
    expect(await running.metric(OPEN)).toBe(0)
    expect(await running.metric(OK)).toBe(1)
    expect(await running.metric(HANGS)).toBe(1)
    await pagerDuty.waitFor(() => pagerDuty.incidents()[0]?.status === 'resolved')
    expect(pagerDuty.incidents().length).toBe(1)
  })
})

describe('a request that is announced', () => {
  it('is closed by its own span, where its `closed` does not come', async () => {
    running = await startCollector({ llm_alerting: QUICK_HANGS })
    const { exporter, letThrough } = withoutClosings(spanExporter())
    const span = startProxy({ exporter })()
    await until(OPEN, 1)
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    await provider.forceFlush()
    expect(await running.metric(OPEN)).toBe(0)
    expect(await running.metric(FAILED)).toBe(1)

    await letThrough()
    expect(await running.metric(FAILED)).toBe(1)
    expect(await running.metric('spanpager_announcements_total{form="span",result="ended"}')).toBe(
      1,
    )
  })

  it('and fails counts once: first by its `closed`, then by its span', async () => {
    const settings = { ...QUICK_HANGS, failure_threshold: 2, failure_threshold_window_seconds: 60 }
    running = await startCollector({ llm_alerting: settings })
    const span = startProxy({ exporter: spanExporter() })()
    await until(OPEN, 1)
    span.setAttribute('error.type', 'timeout')
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    await until(FAILED, 1)

    await provider.forceFlush()
    expect(await running.metric('spanpager_duplicate_spans_total')).toBe(1)
    expect(await running.metric(FAILED)).toBe(1)
    const { alerts } = await running.alerts()
    expect(alerts.find(({ rule }) => rule === 'failures')).toMatchObject({
      state: 'inactive',
      count: 1,
      threshold: 2,
    })
  })

  it('and streams is `stalled` once its chunks stop coming for half as long as makes a hang', async () => {
    const settings = { ...QUICK_HANGS, hanging_threshold_fails: 2, hanging_until: 'end' }
    // Longer than a heartbeat, so that progress is heard of.
    const threshold = { hanging_threshold_seconds: 1.5 }
    running = await startCollector({ llm_alerting: { ...settings, ...threshold } })
    const { pagerDuty } = running
    const request = startProxy({ exporter: spanExporter() })
    progress(request())
    await until(HANGS, 1)
    const streaming = request()
    const chunks = setInterval(() => progress(streaming), 20)
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    clearInterval(chunks)
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      hang_kinds: { stalled: 1, running: 1 },
    })
  })

  it('waits no more when its first chunk came, unless `hanging_until` says `end`', async () => {
    running = await startCollector({ llm_alerting: QUICK_HANGS })
    const { pagerDuty } = running
    const request = startProxy({ exporter: spanExporter() })
    progress(request())
    const silent = request()
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      count: 1,
      sample_trace_ids: [silent.spanContext().traceId],
    })
    expect(await running.metric(OPEN)).toBe(2)
  })
})

/** Holds back what it is given of ends, until it is told to let it through. */
function withoutClosings(inner: Exporter): { exporter: Exporter; letThrough: () => Promise<void> } {
  const held: object[] = []
  const isClosing = (item: object): boolean =>
    'attributes' in item &&
    (item.attributes as Record<string, unknown>)['span.lifecycle'] === 'closed'
  return {
    exporter: {
      export(items, done) {
        held.push(...items.filter(isClosing))
        const others = items.filter((item) => !isClosing(item))
        if (others.length === 0) done({ code: 0 })
        else inner.export(others, done)
      },
      shutdown: () => inner.shutdown(),
    },
    letThrough: () =>
      new Promise((resolve, reject) => {
        inner.export(held, ({ code, error }) => (code === 0 ? resolve() : reject(error)))
      }),
  }
}
