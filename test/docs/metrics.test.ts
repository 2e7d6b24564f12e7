import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'
import { parsePrometheusText } from '../telemetry/prometheus-text.ts'
import { documents, read, section, tableRows } from './markdown.ts'

let running: RunningCollector

beforeAll(async () => {
  running = await startCollector({ llm_alerting: { failure_threshold: 1 }, logs: true })
})

afterEach(() => {
  vi.useRealTimers()
})

afterAll(() => running.stop())

const TRACE = '0af7651916cd43dd8448eb211c80319c'

interface PlainSpan {
  readonly id: string
  readonly parent?: string
  readonly kind: number
  readonly agoMs?: number
  readonly attributes: Readonly<Record<string, string | number>>
}

/** One OTLP/JSON request; `status` is the answer's. */
async function send(service: string, spans: readonly PlainSpan[]): Promise<number> {
  const attribute = ([key, value]: [string, string | number]) => ({
    key,
    value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
  })
  const nano = (ms: number): string => `${ms}000000`
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [attribute(['service.name', service])] },
        scopeSpans: [
          {
            spans: spans.map(({ id, parent, kind, agoMs = 0, attributes }) => ({
              traceId: TRACE,
              spanId: id.padStart(16, '0'),
              ...(parent === undefined ? {} : { parentSpanId: parent.padStart(16, '0') }),
              // The flags say that the parent is local.
              flags: 0x100,
              kind,
              startTimeUnixNano: nano(Date.now() - agoMs - 10),
              endTimeUnixNano: nano(Date.now() - agoMs),
              attributes: Object.entries(attributes).map(attribute),
            })),
          },
        ],
      },
    ],
  }
  return post(JSON.stringify(body))
}

async function post(body: string, path = '/v1/traces'): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const url = running.httpUrl + path
  return (await fetch(url, { method: 'POST', headers, body })).status
}

const SERVER = 2
const CLIENT = 3
const request = (id: string, status: number, agoMs = 0): PlainSpan => ({
  id,
  kind: SERVER,
  agoMs,
  attributes: { 'http.route': '/v1/chat/completions', 'http.response.status_code': status },
})

/** Names of all metrics that are served. */
async function served(): Promise<Set<string>> {
  const response = await fetch(`http://${running.collector.endpoints.metrics[0]}/metrics`)
  return new Set(parsePrometheusText(await response.text()).types.keys())
}

/** Whatever has to happen before a metric is there. */
async function letEverythingHappen(): Promise<void> {
  await send('shop', [request('a', 503)])
  // A proxy's 4xx, which the provider's error turns into a failure.
  await send('shop', [request('b', 400)])
  const error = { 'gen_ai.operation.name': 'chat', 'error.type': '400' }
  await send('shop', [{ id: 'c', parent: 'b', kind: CLIENT, attributes: error }])
  await send('shop', [
    { id: 'f', parent: 'a', kind: CLIENT, attributes: { 'span.lifecycle': 'closed' } },
  ])
  expect(await post('{')).toBe(400)
  const announcement = { eventName: 'span.open', traceId: TRACE, spanId: '0f'.repeat(8) }
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [announcement] }] }] }
  expect(await post(JSON.stringify(logs), '/v1/logs')).toBe(200)
  const plain = Array.from({ length: 1000 }, (_, at) => at + 4096)
  await send(
    'other',
    plain.map((id) => ({ id: id.toString(16), kind: SERVER, attributes: {} })),
  )
  const hourMs = 3_600_000
  await send('slow', [request('d', 200, hourMs)])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40_000 })
  await send('slow', [request('e', 200, hourMs)])
  vi.useRealTimers()
  await running.pagerDuty.waitFor(() => running.pagerDuty.incidents().length === 1)
  await vi.waitUntil(async () => (await running.metric(INCIDENTS)) === 1, {
    timeout: 10_000,
    interval: 20,
  })
}

const INCIDENTS = 'spanpager_incidents_total{rule="failures",event="trigger"}'

describe('metrics in the documents', () => {
  const headings = [
    'What comes in',
    'What was found',
    'Requests that have not ended',
    'What goes out',
  ]
  const rows = headings.flatMap((heading) => tableRows(section(read('docs/metrics.md'), heading)))

  it('are all that a collector serves, and nothing else', async () => {
    await letEverythingHappen()
    expect(rows.map(([name]) => name!).sort()).toEqual([...(await served())].sort())
  })

  it('have the labels that they are said to have', async () => {
    const response = await fetch(`http://${running.collector.endpoints.metrics[0]}/metrics`)
    const { samples, types } = parsePrometheusText(await response.text())
    const labelsOf = (name: string): Set<string> => {
      const own = [...samples.keys()].filter((one) => one.startsWith(`${name}{`))
      return new Set(own.flatMap((one) => Array.from(one.matchAll(/(\w+)="/g), (of) => of[1]!)))
    }
    for (const [name, labels] of rows) {
      const said = Array.from(labels!.matchAll(/[a-z_]+/g), ([label]) => label)
      const found = labelsOf(types.get(name!) === 'histogram' ? `${name}_count` : name!)
      // Of the gauge of alerts the group values are labels too.
      if (name === 'spanpager_alert_firing') {
        expect([...found]).toEqual(['rule', 'service_name'])
        continue
      }
      expect([...found].sort(), name).toEqual(said.sort())
    }
  })

  it.each(documents())('are served, in %s', async (file) => {
    const all = await served()
    for (const [name] of read(file).matchAll(/\b(?:otelcol|spanpager)_[a-z_]*[a-z]\b/g)) {
      if (name.endsWith('_') || name === 'spanpager_') continue
      expect(all, name).toContain(name)
    }
  })
})

describe('the health endpoint in docs/metrics.md', () => {
  it('answers with the fields that are shown', async () => {
    const shown = JSON.parse(/```json\n(.*?)```/s.exec(read('docs/metrics.md'))![1]!)
    const { alerts } = await running.alerts()
    const firing = alerts.find(({ state }) => state === 'firing')!
    expect(Object.keys(await running.alerts())).toEqual(Object.keys(shown))
    expect(Object.keys(firing)).toEqual(Object.keys(shown.alerts[0]))
  })

  it.each(['/', '/live', '/ready'])('answers 200 on %s', async (path) => {
    expect((await running.get(path)).status).toBe(200)
  })
})
