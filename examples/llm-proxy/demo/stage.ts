import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  type Collector,
  type CollectorConfig,
  createCollector,
  loadConfig,
} from '../../../src/collector.ts'
import type { SpanpagerOptions } from '../../../src/index.ts'
import type { AlertsView } from '../../../src/model/status.ts'
import type { Incident } from '../../pagerduty-stand-in/incident-book.ts'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../pagerduty-stand-in/stand-in.ts'
import { createProxy } from '../proxy.ts'
import { createStubModel } from '../stub-model.ts'
import { startTracing } from '../tracing.ts'
import { say, sayIncident } from './screen.ts'

/** What a demo needs besides the usual. */
export interface StageOptions {
  /** Laid over otel-config.yaml, in this order; names of files beside proxy.ts. */
  readonly overlays: readonly string[]
  readonly announce: SpanpagerOptions
  /** The ports that are said everywhere, instead of free ones. */
  readonly usualPorts: boolean
}

/** PagerDuty's stand-in, spanpager, the model and the proxy, all running. */
export interface Stage {
  readonly proxyUrl: string
  /** `host:port` of the health endpoint and of the metrics. */
  readonly health: string
  readonly metrics: string
  incidents(): readonly Incident[]
  /** The incident of a rule, once it was opened. */
  incident(rule: string): Incident | undefined
  /** Value of the first series with this name; 0 when there is none. */
  metric(series: string): Promise<number>
  sayCount(rule: string): Promise<void>
  /** The model answers what it has kept waiting. */
  letGo(): void
  close(): Promise<void>
}

/** Starts all of it, and tells so. When something fails, what runs by then is stopped. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0)) await stop()
  }
  try {
    const pagerDuty = createPagerDutyStandIn({ onIncident: sayIncident })
    const model = createStubModel()
    closers.unshift(
      () => pagerDuty.close(),
      () => closeServer(model.server),
    )
    await pagerDuty.start()
    say(`a stand-in for PagerDuty listens on ${pagerDuty.url}`)
    const collector = createCollector(loadDemoConfig(options, pagerDuty))
    closers.unshift(() => collector.shutdown())
    await collector.start()
    const otlp = collector.address('otlp', 'http')
    if (otlp === undefined) throw new Error('the OTLP receiver is off')
    say(`spanpager takes OTLP over HTTP on port ${otlp.port}`)

    const tracing = startTracing(`http://localhost:${otlp.port}`, options.announce)
    const proxy = createProxy({
      tracer: tracing.getTracer('llm-proxy'),
      modelUrl: await listen(model.server, 0),
    })
    closers.unshift(
      () => closeServer(proxy),
      () => tracing.shutdown(),
    )
    const proxyUrl = await listen(proxy, options.usualPorts ? 4000 : 0)
    say(`an LLM proxy, instrumented with the OpenTelemetry SDK, listens on ${proxyUrl}`)
    return { proxyUrl, letGo: () => model.letGo(), close, ...seen(pagerDuty, collector) }
  } catch (error) {
    await close()
    throw error
  }
}

/** The default configuration with others laid over it, as the command line would. */
function loadDemoConfig(options: StageOptions, pagerDuty: PagerDutyStandIn): CollectorConfig {
  const file = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
  const anyPort = {
    DEMO_GRPC_PORT: '0',
    DEMO_HTTP_PORT: '0',
    DEMO_HEALTH_PORT: '0',
    DEMO_METRICS_PORT: '0',
  }
  const loaded = loadConfig({
    files: ['../../otel-config.yaml', ...options.overlays].map(file),
    sets: [],
    env: {
      ...(options.usualPorts ? {} : anyPort),
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

/** What can be seen of the running parts from outside. */
function seen(
  pagerDuty: PagerDutyStandIn,
  { endpoints }: Collector,
): Omit<Stage, 'proxyUrl' | 'letGo' | 'close'> {
  const [health = ''] = endpoints.health.values()
  const [metrics = ''] = endpoints.metrics
  return {
    health,
    metrics,
    incidents: () => pagerDuty.incidents(),
    incident: (rule) =>
      pagerDuty.incidents().find(({ dedupKey }) => dedupKey.includes(`/${rule}/`)),
    async metric(series) {
      const text = await (await fetch(`http://${metrics}/metrics`)).text()
      const line = text.split('\n').find((one) => one.startsWith(series))
      return Number(line?.split(' ').at(-1) ?? 0)
    },
    async sayCount(rule) {
      const view = (await (await fetch(`http://${health}/alerts`)).json()) as AlertsView
      const alert = view.alerts.find((one) => one.rule === rule)
      if (alert === undefined) return
      say(`rule ${rule}: ${alert.count} against a threshold of ${alert.threshold}: ${alert.state}`)
    },
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
