import { afterEach, describe, expect, it } from 'vitest'
import type { PendingEvent } from '../../src/model/delivery.ts'
import type { EngineView } from '../../src/model/status.ts'
import {
  createTelemetry,
  type TelemetryOptions,
  type TelemetryService,
  type TelemetrySources,
} from '../../src/telemetry/telemetry.ts'
import { parsePrometheusText, type PrometheusText } from './prometheus-text.ts'
import { alertStatus, counters, engineView, firing, resolved } from './readings.ts'

const NOON_MS = Date.UTC(2026, 10, 25, 12)
const open: TelemetryService[] = []

function create(options: Partial<TelemetryOptions> = {}): TelemetryService {
  const service = createTelemetry({
    level: 'error',
    encoding: 'console',
    write: () => undefined,
    now: () => NOON_MS,
    metrics: [{ host: 'localhost', port: 0 }],
    ...options,
  })
  open.push(service)
  return service
}

function sources(overrides: Partial<TelemetrySources> = {}): TelemetrySources {
  return { engines: () => [], exporters: [], pending: () => [], ...overrides }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.shutdown(AbortSignal.abort())))
})

async function scraper(service: TelemetryService): Promise<() => Promise<PrometheusText>> {
  const [address] = await service.start()
  return async () => {
    const response = await fetch(`http://${address}/metrics`)
    expect(response.status).toBe(200)
    return parsePrometheusText(await response.text())
  }
}

function matching({ samples }: PrometheusText, prefix: string): Record<string, number> {
  return Object.fromEntries([...samples].filter(([sample]) => sample.startsWith(prefix)))
}

describe('the endpoint', () => {
  it('serves Prometheus text of version 0.0.4 without target or scope', async () => {
    const [address] = await create().start()
    const response = await fetch(`http://${address}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).not.toMatch(/target_info|otel_scope/)
  })

  it.each([
    ['GET', '/', 404],
    ['POST', '/metrics', 405],
    ['HEAD', '/metrics', 200],
    ['GET', '/metrics?name[]=x', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const [address] = await create().start()
    expect((await fetch(`http://${address}${path}`, { method })).status).toBe(status)
  })

  it('names port and setting when the port is in use', async () => {
    const [address] = await create().start()
    const port = Number(new URL(`http://${address}`).port)
    const free = { host: 'localhost', port: 0 }
    await expect(create({ metrics: [free, { ...free, port }] }).start()).rejects.toThrow(
      `cannot listen on localhost:${port} (service.telemetry.metrics.readers[1].pull.exporter.prometheus.port): the port is in use`,
    )
  })

  it('is there once per reader', async () => {
    const reader = { host: 'localhost', port: 0 }
    const service = create({ metrics: [reader, reader] })
    const addresses = await service.start()
    service.telemetry.receiver.accepted('otlp', 'grpc', 'traces', 1)
    expect(new Set(addresses).size).toBe(2)
    for (const address of addresses) {
      const text = await (await fetch(`http://${address}/metrics`)).text()
      expect(text).toContain('accepted_spans_total{receiver="otlp",transport="grpc"} 1\n')
    }
  })

  it('is not there without metrics; events are taken all the same', async () => {
    const service = create({ metrics: [] })
    service.observe(sources({ engines: () => [engineView()] }))
    expect(await service.start()).toEqual([])
    service.telemetry.receiver.accepted('otlp', 'grpc', 'traces', 1)
    await service.shutdown(new AbortController().signal)
  })

  it('shuts down before start and twice', async () => {
    const service = create()
    const { signal } = new AbortController()
    await service.shutdown(signal)
    await service.shutdown(signal)
  })
})

describe('receiver metrics', () => {
  it('count spans by receiver and transport, from 0 when it listens', async () => {
    const service = create()
    const scrape = await scraper(service)
    const { receiver } = service.telemetry
    receiver.listening('otlp', 'grpc', '127.0.0.1:4317', ['traces'])
    receiver.listening('otlp', 'http', '127.0.0.1:4318', ['traces'])
    expect(matching(await scrape(), 'otelcol_')).toEqual({
      'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="grpc"}': 0,
      'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="http"}': 0,
      'otelcol_receiver_refused_spans_total{receiver="otlp",transport="grpc"}': 0,
      'otelcol_receiver_refused_spans_total{receiver="otlp",transport="http"}': 0,
    })
    receiver.accepted('otlp', 'grpc', 'traces', 8)
    receiver.accepted('otlp', 'grpc', 'traces', 3)
    receiver.refused('otlp', 'http', 'traces', 2)
    receiver.failed('otlp', 'http', 'too_large')
    const text = await scrape()
    expect(text.types.get('otelcol_receiver_accepted_spans_total')).toBe('counter')
    expect(matching(text, 'otelcol_')).toMatchObject({
      'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="grpc"}': 11,
      'otelcol_receiver_refused_spans_total{receiver="otlp",transport="http"}': 2,
    })
    expect(matching(text, 'spanpager_receiver_')).toEqual({
      'spanpager_receiver_failed_requests_total{receiver="otlp",transport="http",code="too_large"}': 1,
    })
  })
})

describe('engine metrics', () => {
  it('exist at 0 from the start and follow the counters', async () => {
    const view = engineView()
    const service = create()
    service.observe(sources({ engines: () => [view] }))
    const scrape = await scraper(service)
    expect(matching(await scrape(), 'spanpager_requests_total')).toEqual({
      'spanpager_requests_total{outcome="ok"}': 0,
      'spanpager_requests_total{outcome="failed"}': 0,
      'spanpager_requests_total{outcome="rejected"}': 0,
      'spanpager_requests_total{outcome="canceled"}': 0,
    })
    view.counters.requests.failed = 7
    view.counters.revised.set('failed>attempt', 2)
    view.counters.rules.hangs.ended = 4
    view.counters.rules.hangsWithdrawn.inferred = 1
    view.counters.duplicates = 11
    view.counters.late = 12
    view.counters.attemptsDropped = 13
    view.counters.decidedEarly = 14
    view.counters.idsForgotten = 15
    expect(Object.fromEntries((await scrape()).samples)).toMatchObject({
      'spanpager_requests_total{outcome="ok"}': 0,
      'spanpager_requests_total{outcome="failed"}': 7,
      'spanpager_requests_revised_total{from="failed",to="attempt"}': 2,
      'spanpager_hangs_total{evidence="announced"}': 0,
      'spanpager_hangs_total{evidence="ended"}': 4,
      'spanpager_hangs_withdrawn_total{evidence="inferred"}': 1,
      spanpager_duplicate_spans_total: 11,
      spanpager_late_requests_total: 12,
      spanpager_attempts_dropped_total: 13,
      spanpager_decided_early_total: 14,
      spanpager_ids_forgotten_total: 15,
    })
  })

  it('follow what is known of requests that have not ended', async () => {
    const view = engineView()
    const service = create()
    service.observe(sources({ engines: () => [view] }))
    const scrape = await scraper(service)
    const { open: counted } = view.counters
    Object.assign(counted.open, { announced: 9, lost: 2, leaked: 1, inferred: 3 })
    counted.instancesLost = 4
    counted.spansOfLostInstances = 40
    counted.leaked = 5
    counted.faults.trace_full = 6
    counted.inferred = 17
    counted.inferredWrongly = 1
    counted.inferenceGivenUp = 8
    expect(Object.fromEntries((await scrape()).samples)).toMatchObject({
      'spanpager_open_spans{state="announced"}': 9,
      'spanpager_open_spans{state="lost"}': 2,
      'spanpager_open_spans{state="leaked"}': 1,
      'spanpager_open_spans{state="inferred"}': 3,
      spanpager_instances_lost_total: 4,
      spanpager_lost_instance_spans_total: 40,
      spanpager_open_spans_leaked_total: 5,
      'spanpager_announcements_refused_total{reason="full"}': 0,
      'spanpager_announcements_refused_total{reason="trace_full"}': 6,
      spanpager_inferences_total: 17,
      spanpager_inferences_wrong_total: 1,
      spanpager_inference_given_up_total: 8,
    })
  })

  it('name the processor where it has a name', async () => {
    const named = engineView({ processor: 'llm_alerting/eu', counters: counters() })
    named.counters.requests.ok = 5
    const service = create()
    service.observe(sources({ engines: () => [engineView(), named] }))
    const scrape = await scraper(service)
    expect(matching(await scrape(), 'spanpager_requests_total{outcome="ok"')).toEqual({
      'spanpager_requests_total{outcome="ok"}': 0,
      'spanpager_requests_total{outcome="ok",processor="llm_alerting/eu"}': 5,
    })
  })

  it('serve the others and tell the log when one cannot be read', async () => {
    const lines: string[] = []
    const service = create({ write: (line) => lines.push(line) })
    service.telemetry.receiver.accepted('otlp', 'grpc', 'traces', 1)
    let broken = false
    service.observe(
      sources({
        engines: () => [],
        exporters: ['debug'],
        pending: () => {
          if (broken) throw new Error('outbox closed')
          return []
        },
      }),
    )
    const scrape = await scraper(service)
    broken = true
    expect(matching(await scrape(), 'otelcol_receiver_accepted_spans_total')).toEqual({
      'otelcol_receiver_accepted_spans_total{receiver="otlp",transport="grpc"}': 1,
    })
    expect(lines.join('')).toContain('a metric could not be read')
    expect(lines.join('')).toContain('outbox closed')
  })
})

describe('spanpager_alert_firing', () => {
  const firingOf = async (engines: () => readonly EngineView[]) => {
    const service = create()
    service.observe(sources({ engines }))
    const scrape = await scraper(service)
    return async () => matching(await scrape(), 'spanpager_alert_firing')
  }

  it('has a series per rule and group, 1 while an episode is open', async () => {
    const states = ['inactive', 'pending', 'firing', 'recovering'] as const
    const status = states.map((state) =>
      alertStatus({ state, group: [{ key: 's', value: state }] }),
    )
    const read = await firingOf(() => [engineView({ status: () => status })])
    expect(await read()).toEqual({
      'spanpager_alert_firing{rule="failures",s="inactive"}': 0,
      'spanpager_alert_firing{rule="failures",s="pending"}': 0,
      'spanpager_alert_firing{rule="failures",s="firing"}': 1,
      'spanpager_alert_firing{rule="failures",s="recovering"}': 1,
    })
  })

  it('drops the series of a group that is gone', async () => {
    let status = [alertStatus({ state: 'firing' })]
    const read = await firingOf(() => [engineView({ status: () => status })])
    expect(Object.keys(await read())).toHaveLength(1)
    status = []
    expect(await read()).toEqual({})
  })

  it('makes label names of attribute keys, each its own', async () => {
    const keys = ['service.name', 'service_name', 'rule', 'processor', '1st', 'größe', '']
    const group = keys.map((key, i) => ({ key, value: `${i}` }))
    const read = await firingOf(() => [
      engineView({ processor: 'llm_alerting/a', status: () => [alertStatus({ group })] }),
    ])
    expect(Object.keys(await read())).toEqual([
      'spanpager_alert_firing{processor="llm_alerting/a",rule="failures",service_name="0",' +
        'service_name_2="1",group_rule="2",group_processor="3",group_1st="4",gr_e="5",group_="6"}',
    ])
  })

  it('escapes what senders chose', async () => {
    const group = [{ key: 'model', value: 'a"b\\c\nd' }]
    const read = await firingOf(() => [engineView({ status: () => [alertStatus({ group })] })])
    expect(Object.keys(await read())).toEqual([
      'spanpager_alert_firing{rule="failures",model="a\\"b\\\\c\\nd"}',
    ])
  })

  it('has a series for each of very many groups', async () => {
    const status = Array.from({ length: 5000 }, (_, i) =>
      alertStatus({ group: [{ key: 'team', value: `${i}` }] }),
    )
    const read = await firingOf(() => [engineView({ status: () => status })])
    expect(Object.keys(await read())).toHaveLength(5000)
  })
})

describe('delivery metrics', () => {
  it('count what PagerDuty accepted, by rule and event, from 0', async () => {
    const service = create()
    service.observe(
      sources({ engines: () => [engineView()], exporters: ['pagerduty/eu', 'debug'] }),
    )
    const scrape = await scraper(service)
    expect(matching(await scrape(), 'spanpager_incidents')).toEqual({
      'spanpager_incidents_total{rule="failures",event="trigger"}': 0,
      'spanpager_incidents_total{rule="failures",event="resolve"}': 0,
      'spanpager_incidents_total{rule="hangs",event="trigger"}': 0,
      'spanpager_incidents_total{rule="hangs",event="resolve"}': 0,
    })
    const { delivery } = service.telemetry
    delivery.attempted('pagerduty/eu', firing, { kind: 'misconfigured', reason: 'x' }, 10)
    delivery.attempted('pagerduty/eu', firing, { kind: 'rejected', reason: 'x' }, 10)
    delivery.attempted(
      'pagerduty/eu',
      firing,
      { kind: 'retry', reason: '500', wholeDestination: false },
      2000,
    )
    delivery.attempted('pagerduty/eu', firing, { kind: 'delivered' }, 80)
    delivery.attempted('pagerduty/eu', resolved, { kind: 'delivered' }, 80)
    delivery.attempted('debug', firing, { kind: 'delivered' }, 0)
    delivery.deadLetter('debug', firing, 'x')
    delivery.droppedLate('pagerduty/eu', firing)
    const samples = Object.fromEntries((await scrape()).samples)
    expect(samples).toMatchObject({
      'spanpager_incidents_total{rule="failures",event="trigger"}': 1,
      'spanpager_incidents_total{rule="failures",event="resolve"}': 1,
      'spanpager_incidents_total{rule="hangs",event="trigger"}': 0,
      'spanpager_delivery_attempts_total{exporter="pagerduty/eu",result="delivered"}': 2,
      'spanpager_delivery_attempts_total{exporter="pagerduty/eu",result="retry"}': 1,
      'spanpager_delivery_attempts_total{exporter="pagerduty/eu",result="misconfigured"}': 1,
      'spanpager_delivery_attempts_total{exporter="pagerduty/eu",result="rejected"}': 1,
      'spanpager_delivery_attempts_total{exporter="debug",result="retry"}': 0,
      'spanpager_delivery_attempt_duration_seconds_count{exporter="pagerduty/eu"}': 5,
      'spanpager_delivery_attempt_duration_seconds_bucket{exporter="pagerduty/eu",le="0.1"}': 4,
      'spanpager_delivery_attempt_duration_seconds_bucket{exporter="pagerduty/eu",le="+Inf"}': 5,
      'spanpager_dead_letters_total{exporter="debug"}': 1,
      'spanpager_dead_letters_total{exporter="pagerduty/eu"}': 0,
      'spanpager_late_pages_dropped_total{exporter="pagerduty/eu"}': 1,
    })
  })

  it('has no incidents without a PagerDuty exporter', async () => {
    const service = create()
    service.observe(sources({ engines: () => [engineView()], exporters: ['debug'] }))
    const scrape = await scraper(service)
    service.telemetry.delivery.attempted('debug', firing, { kind: 'delivered' }, 0)
    expect(matching(await scrape(), 'spanpager_incidents')).toEqual({})
  })

  it('show what is pending and how old it is', async () => {
    const event = (exporter: string, ageMs: number): PendingEvent => ({
      exporter,
      dedupKey: 'k',
      kind: 'firing',
      sinceMs: NOON_MS - ageMs,
      attempts: 1,
      lastReason: undefined,
      misconfigured: false,
    })
    let pending = [event('pagerduty', 2000), event('pagerduty', 90_500)]
    const service = create()
    service.observe(sources({ exporters: ['pagerduty', 'debug'], pending: () => pending }))
    const scrape = await scraper(service)
    expect(Object.fromEntries((await scrape()).samples)).toMatchObject({
      'spanpager_pending_events{exporter="pagerduty"}': 2,
      'spanpager_pending_events{exporter="debug"}': 0,
      'spanpager_oldest_pending_age_seconds{exporter="pagerduty"}': 90.5,
      'spanpager_oldest_pending_age_seconds{exporter="debug"}': 0,
    })
    pending = []
    expect(Object.fromEntries((await scrape()).samples)).toMatchObject({
      'spanpager_pending_events{exporter="pagerduty"}': 0,
      'spanpager_oldest_pending_age_seconds{exporter="pagerduty"}': 0,
    })
  })
})

describe('processor metrics', () => {
  it('count what was wrong with the data of a service, and journal failures', async () => {
    const service = create()
    service.observe(sources({ engines: () => [engineView()] }))
    const scrape = await scraper(service)
    expect(matching(await scrape(), 'spanpager_journal')).toEqual({
      'spanpager_journal_failures_total{processor="llm_alerting"}': 0,
    })
    const { processor } = service.telemetry
    processor.nothingRecognised('llm_alerting', 'shop', 1000, 'auto')
    processor.clockOff('llm_alerting', 'shop', 'late', 400_000)
    processor.journalFailed('llm_alerting', new Error('full'))
    processor.announced('llm_alerting', 'span', 'open')
    processor.announced('llm_alerting', 'span', 'open')
    processor.announced('llm_alerting/team', 'partial_span', 'bad_body')
    expect(Object.fromEntries((await scrape()).samples)).toMatchObject({
      'spanpager_announcements_total{form="span",result="open"}': 2,
      'spanpager_announcements_total{processor="llm_alerting/team",form="partial_span",result="bad_body"}': 1,
      'spanpager_unrecognised_spans_total{processor="llm_alerting",service="shop"}': 1000,
      'spanpager_clock_off_total{processor="llm_alerting",service="shop",direction="late"}': 1,
      'spanpager_journal_failures_total{processor="llm_alerting"}': 1,
    })
  })

  it('stop at so many services', async () => {
    const service = create()
    const scrape = await scraper(service)
    for (let i = 0; i < 300; i++) {
      service.telemetry.processor.clockOff('llm_alerting', `s${i}`, 'ahead', 5000)
    }
    service.telemetry.processor.clockOff('llm_alerting', 's0', 'ahead', 5000)
    const samples = matching(await scrape(), 'spanpager_clock_off')
    const series = (name: string) =>
      samples[
        `spanpager_clock_off_total{processor="llm_alerting",service="${name}",direction="ahead"}`
      ]
    expect(Object.keys(samples)).toHaveLength(201)
    expect([series('s0'), series('s199'), series('(other)')]).toEqual([2, 1, 100])
  })
})
