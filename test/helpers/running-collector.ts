import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { stringify } from 'yaml'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../examples/pagerduty-stand-in/stand-in.ts'
import { type Collector, createCollector, loadConfig } from '../../src/collector.ts'
import type { AlertsView } from '../../src/model/status.ts'

const DEFAULTS = resolve(import.meta.dirname, '../../otel-config.yaml')

const LOGS_PIPELINE = {
  receivers: ['otlp'],
  processors: ['llm_alerting'],
  exporters: ['pagerduty'],
}

/** A collector on free ports in front of a PagerDuty stand-in. */
export interface RunningCollector {
  readonly collector: Collector
  readonly pagerDuty: PagerDutyStandIn
  /** `http://localhost:port`, for exporters. */
  readonly grpcUrl: string
  readonly httpUrl: string
  readonly log: string[]
  alerts(): Promise<AlertsView>
  /** Value of a series, by its name and labels as they stand in the text; 0 when it is not there. */
  metric(series: string): Promise<number>
  get(path: string): Promise<Response>
  stop(): Promise<void>
}

/** Starts one with otel-config.yaml and what is laid over it. */
export async function startCollector(overlay: {
  readonly llm_alerting?: Readonly<Record<string, unknown>>
  readonly routingKey?: string
  /** With a pipeline of logs beside that of traces. */
  readonly logs?: boolean
}): Promise<RunningCollector> {
  const pagerDuty = createPagerDutyStandIn()
  await pagerDuty.start()
  const free = { endpoint: 'localhost:0' }
  const files: Record<string, string> = {
    'otel-config.yaml': readFileSync(DEFAULTS, 'utf8'),
    'overlay.yaml': stringify({
      receivers: { otlp: { protocols: { grpc: free, http: free } } },
      ...(overlay.llm_alerting && { processors: { llm_alerting: overlay.llm_alerting } }),
      exporters: { pagerduty: { endpoint: pagerDuty.url } },
      extensions: { health_check: free },
      service: {
        telemetry: {
          metrics: {
            readers: [{ pull: { exporter: { prometheus: { host: 'localhost', port: 0 } } } }],
          },
        },
        ...(overlay.logs === true && { pipelines: { logs: LOGS_PIPELINE } }),
      },
    }),
  }
  const loaded = loadConfig({
    files: Object.keys(files),
    sets: [],
    env: { PAGERDUTY_API_KEY: overlay.routingKey ?? STAND_IN_ROUTING_KEY },
    readFile: (path) => files[path]!,
  })
  if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.faults))
  const log: string[] = []
  const collector = createCollector(loaded.config, { writeLog: (line) => log.push(line) })
  await collector.start()
  const url = (transport: 'grpc' | 'http'): string =>
    `http://localhost:${collector.address('otlp', transport)!.port}`
  const get = (path: string): Promise<Response> =>
    fetch(`http://${collector.endpoints.health.get('health_check')}${path}`)
  return {
    collector,
    pagerDuty,
    grpcUrl: url('grpc'),
    httpUrl: url('http'),
    log,
    get,
    alerts: async () => (await (await get('/alerts')).json()) as AlertsView,
    async metric(series) {
      const text = await (await fetch(`http://${collector.endpoints.metrics[0]}/metrics`)).text()
      const line = text.split('\n').find((one) => one.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    },
    async stop() {
      await collector.shutdown()
      await pagerDuty.close()
    },
  }
}
