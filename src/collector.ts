import type { CollectorConfig } from './config/collector-config.ts'
import { createAlertsView } from './extension/health_check/alerts-view.ts'
import { createHealthCheck } from './extension/health_check/health-check.ts'
import { createLifecycle, type Part } from './lib/lifecycle.ts'
import { createSystemClock } from './lib/system-clock.ts'
import type { Clock } from './model/clock.ts'
import type { HealthState } from './model/status.ts'
import { buildPipelines, type Built } from './pipeline/build.ts'
import { createTelemetry, type TelemetryService } from './telemetry/telemetry.ts'

export type { CollectorConfig } from './config/collector-config.ts'
export { loadConfig } from './config/load.ts'

export interface CollectorSetup {
  /** Takes log lines with their ends. Default: standard error. */
  readonly writeLog?: (line: string) => void
  /** Takes lines of the debug exporter, with their ends. Default: standard output. */
  readonly writeOutput?: (line: string) => void
}

/** A collector in this process. */
export interface Collector {
  /** Resolves when spans are taken. Rejects, with nothing left running, when that cannot be. */
  start(): Promise<void>
  /**
   * Takes no more spans, finishes what is in flight and stops; cuts it off when `signal` aborts or
   * the configured `shutdown_timeout` is over. Safe before start and twice.
   */
  shutdown(signal?: AbortSignal): Promise<void>
  /** Where the collector listens; undefined for what is off or not running. */
  address(component: string, transport: 'grpc' | 'http'): { host: string; port: number } | undefined
  /** Addresses of the metrics endpoints and, by id, of the health checks, `host:port`. */
  readonly endpoints: {
    readonly metrics: readonly string[]
    readonly health: ReadonlyMap<string, string>
  }
}

/** Creates what the configuration describes. Nothing is opened, bound or sent before `start`. */
export function createCollector(config: CollectorConfig, setup: CollectorSetup = {}): Collector {
  const clock: Clock = createSystemClock()
  const writeOutput = setup.writeOutput ?? ((text) => process.stdout.write(text))
  const telemetry = createTelemetry({
    ...config.logs,
    write: setup.writeLog ?? ((line) => process.stderr.write(line)),
    now: () => clock.now(),
    secrets: config.secrets,
    metrics: config.metrics,
  })
  const built = buildPipelines({
    config,
    telemetry: telemetry.telemetry,
    clock,
    print: (line) => writeOutput(`${line}\n`),
  })
  telemetry.observe({
    engines: () => built.engines,
    exporters: config.exporters.map(({ id }) => id),
    pending: () => built.delivery.pending(),
  })
  const metrics: string[] = []
  const health = new Map<string, string>()
  let running = false
  const lifecycle = createLifecycle(
    [
      metricsPart(telemetry, metrics),
      ...healthParts(config, telemetry, built, health, () => running),
      ...built.parts,
    ],
    (name, error) => telemetry.service.stopFailed(name, error),
  )

  return {
    endpoints: { metrics, health },
    address: (component, transport) => built.receivers.get(component)?.address(transport),
    async start() {
      await lifecycle.start()
      running = true
      telemetry.service.started({ state: 'in memory, lost at a restart' })
    },
    async shutdown(signal) {
      running = false
      const timeout = AbortSignal.timeout(config.shutdownTimeoutMs)
      await lifecycle.shutdown(signal === undefined ? timeout : AbortSignal.any([signal, timeout]))
    },
  }
}

function metricsPart(telemetry: TelemetryService, addresses: string[]): Part {
  return {
    name: 'metrics',
    part: {
      async start() {
        addresses.push(...(await telemetry.start()))
      },
      shutdown: (signal) => telemetry.shutdown(signal),
    },
  }
}

function healthParts(
  config: CollectorConfig,
  { service }: TelemetryService,
  { delivery, engines }: Built,
  addresses: Map<string, string>,
  running: () => boolean,
): Part[] {
  const now = (): number => Date.now()
  const state = (): HealthState => {
    const reasons = delivery
      .misconfigured()
      .map(({ exporter, reason }) => `${exporter} is set up wrongly: ${reason}`)
    if (!running()) reasons.push('not started, or stopping')
    return reasons.length === 0 ? { kind: 'ready' } : { kind: 'not_ready', reasons }
  }
  return config.extensions.map(({ id, options }) => {
    const part = createHealthCheck({
      id,
      ...options,
      state,
      alerts: () => createAlertsView(engines, delivery.pending(), now()),
      events: service,
      now,
    })
    return {
      name: id,
      part: {
        async start() {
          await part.start()
          addresses.set(id, part.address() ?? '')
        },
        shutdown: (signal) => part.shutdown(signal),
      },
    }
  })
}
