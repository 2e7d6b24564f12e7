import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  type Collector,
  type CollectorConfig,
  createCollector,
  loadConfig,
} from '../../src/collector.ts'
import type { AlertsView } from '../../src/model/status.ts'
import { describeIncident } from '../pagerduty-stand-in/describe-incident.ts'
import type { Effect, Incident } from '../pagerduty-stand-in/incident-book.ts'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../pagerduty-stand-in/stand-in.ts'
import { createProxy } from './proxy.ts'
import { createStubModel } from './stub-model.ts'
import { startTracing } from './tracing.ts'

/** What the whole demo is given. */
const DEADLINE_MS = 60_000
const POLL_MS = 100

const GOOD = { model: 'gpt-4o', messages: [{ role: 'user', content: 'i like coffee' }] }
/** The bad request of LiteLLM's quick start: a message without content. */
const BAD = {
  model: 'gpt-4o',
  user: 'hi',
  messages: [{ role: 'user', bad_param: 'i like coffee' }],
}

const colour = process.stdout.isTTY
const paint = (code: number, text: string): string =>
  colour ? `\u001B[${code}m${text}\u001B[0m` : text
const startedMs = Date.now()

function say(text: string): void {
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1).padStart(5)
  process.stdout.write(`${paint(2, `${seconds} s`)}  ${text}\n`)
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `         ${line}`)
    .join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { hold: { type: 'boolean', default: false } } })
  const pagerDuty = createPagerDutyStandIn({ onIncident: showIncident })
  const model = createStubModel()
  const closers: (() => Promise<unknown>)[] = [() => pagerDuty.close(), () => close(model)]
  try {
    await pagerDuty.start()
    say(`a stand-in for PagerDuty listens on ${pagerDuty.url}`)
    const collector = createCollector(loadDemoConfig(pagerDuty, values.hold))
    closers.unshift(() => collector.shutdown())
    await collector.start()
    const otlp = collector.address('otlp', 'http')
    if (otlp === undefined) throw new Error('the OTLP receiver is off')
    say(`spanpager takes OTLP over HTTP on port ${otlp.port}`)

    const tracing = startTracing(`http://localhost:${otlp.port}`)
    const modelUrl = await listen(model, 0)
    const proxy = createProxy({ tracer: tracing.getTracer('llm-proxy'), modelUrl })
    closers.unshift(
      () => close(proxy),
      () => tracing.shutdown(),
    )
    const proxyUrl = await listen(proxy, values.hold ? 4000 : 0)
    say(`an LLM proxy, instrumented with the OpenTelemetry SDK, listens on ${proxyUrl}`)

    if (values.hold) await hold(proxyUrl, collector)
    else await play(proxyUrl, collector, pagerDuty)
    return 0
  } catch (error) {
    say(paint(31, `failed: ${error instanceof Error ? error.message : String(error)}`))
    return 1
  } finally {
    for (const stop of closers) await stop()
  }
}

/** The default configuration with the quick start's laid over it, as the command line would. */
function loadDemoConfig(pagerDuty: PagerDutyStandIn, usualPorts: boolean): CollectorConfig {
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  const anyPort = usualPorts
    ? {}
    : {
        DEMO_GRPC_PORT: '0',
        DEMO_HTTP_PORT: '0',
        DEMO_HEALTH_PORT: '0',
        DEMO_METRICS_PORT: '0',
      }
  const loaded = loadConfig({
    files: [file('../../otel-config.yaml'), file('quick-start.yaml')],
    sets: [],
    env: {
      ...anyPort,
      PAGERDUTY_API_KEY: STAND_IN_ROUTING_KEY,
      DEMO_PAGERDUTY_URL: pagerDuty.url,
    },
    readFile: (path) => readFileSync(path, 'utf8'),
  })
  if (loaded.kind === 'faults') {
    throw new Error(loaded.faults.map(({ message }) => message).join('; '))
  }
  return loaded.config
}

/** One alert after the other: at this threshold every request hangs, so the good one goes first. */
async function play(url: string, collector: Collector, pagerDuty: PagerDutyStandIn): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  const incident = (rule: string): Incident | undefined =>
    pagerDuty.incidents().find(({ dedupKey }) => dedupKey.includes(`/${rule}/`))

  say(paint(1, 'A good request. It takes longer than 0.0000001 s, which is a hang here.'))
  await send(url, GOOD)
  await until('spans received', deadline, async () => (await acceptedSpans(collector)) >= 2)
  say(`spanpager received ${await acceptedSpans(collector)} spans`)
  await until('an incident for the hang', deadline, async () => incident('hangs') !== undefined)
  await showCount(collector, 'hangs')
  if (incident('failures') !== undefined) throw new Error('a good request paged as a failure')

  say(paint(1, 'A bad request: a message without content. The provider answers 400.'))
  await send(url, BAD)
  await until(
    'an incident for the failure',
    deadline,
    async () => incident('failures') !== undefined,
  )
  say(`spanpager received ${await acceptedSpans(collector)} spans`)
  await showCount(collector, 'failures')

  say(paint(1, 'No more traffic: both incidents resolve.'))
  await until('both incidents resolved', deadline, async () =>
    ['hangs', 'failures'].every((rule) => incident(rule)?.status === 'resolved'),
  )
  const opened = pagerDuty.incidents().length
  if (opened !== 2) throw new Error(`${opened} incidents instead of 2`)
  say(paint(32, 'Done: two alerts, two incidents, both opened and closed.'))
}

/** Keeps everything running for requests by hand, until interrupted. */
async function hold(url: string, collector: Collector): Promise<void> {
  say('a hang (every request, at this threshold):')
  process.stdout.write(`${indented(curl(url, GOOD))}\n`)
  say('a failure:')
  process.stdout.write(`${indented(curl(url, BAD))}\n`)
  const [health] = collector.endpoints.health.values()
  say(
    `alerts: curl http://${health}/alerts   metrics: curl http://${collector.endpoints.metrics[0]}/metrics`,
  )
  say('Ctrl-C ends it.')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    setInterval(() => undefined, 60_000).ref()
  })
}

async function send(url: string, body: unknown): Promise<void> {
  process.stdout.write(`${indented(curl(url, body))}\n`)
  const answer = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  say(`the proxy answered ${answer.status}`)
  await answer.text()
}

function curl(url: string, body: unknown): string {
  return `curl ${url}/chat/completions -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
}

async function showCount(collector: Collector, rule: string): Promise<void> {
  const [health] = collector.endpoints.health.values()
  const view = (await (await fetch(`http://${health}/alerts`)).json()) as AlertsView
  const alert = view.alerts.find((one) => one.rule === rule)
  if (alert === undefined) return
  say(`rule ${rule}: ${alert.count} against a threshold of ${alert.threshold}: ${alert.state}`)
}

async function acceptedSpans(collector: Collector): Promise<number> {
  const metrics = await (await fetch(`http://${collector.endpoints.metrics[0]}/metrics`)).text()
  const line = metrics.match(
    /^otelcol_receiver_accepted_spans\S*\{[^}]*transport="http"[^}]*\} (\d+)/m,
  )
  return Number(line?.[1] ?? 0)
}

function showIncident(incident: Incident, effect: Effect): void {
  const event = effect === 'opened' ? paint(31, 'opened') : paint(32, effect)
  say(`PagerDuty: incident #${incident.number} ${event}`)
  const described = describeIncident(incident)
  const shown = effect === 'opened' ? described : described.split('\n').slice(0, 2).join('\n')
  process.stdout.write(`${indented(shown)}\n`)
}

async function until(
  what: string,
  deadlineMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS)
    })
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

process.exitCode = await main()
