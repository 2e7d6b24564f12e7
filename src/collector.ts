import type { CollectorConfig } from './pipeline/collector-config.ts'
import { createAlertsView } from './extension/health_check/alerts-view.ts'
import { createHealthCheck } from './extension/health_check/health-check.ts'
import { createLifecycle, type Part } from './lib/lifecycle.ts'
import { createLossyWriter } from './lib/lossy-writer.ts'
import { packageVersion } from './lib/package-version.ts'
import { createSystemClock } from './lib/system-clock.ts'
import type { Clock } from './model/clock.ts'
import type { HealthState } from './model/status.ts'
import { buildPipelines, type Built } from './pipeline/build.ts'
import { localEndpoints } from './pipeline/local-endpoints.ts'
import { createTelemetry, type TelemetryService } from './telemetry/telemetry.ts'

export type { CollectorConfig } from './pipeline/collector-config.ts'
export { loadConfig } from './config/load.ts'

export interface CollectorSetup {
  /** Takes log lines with their ends. Default: standard error; what it does not take is dropped. */
  readonly writeLog?: (line: string) => void
  /** Takes lines of the debug exporter, with their ends. Default: standard output, likewise. */
  readonly writeOutput?: (line: string) => void
  /** What `loadConfig` warned of, a line each; logged at the start. Default: none. */
  readonly configurationWarnings?: readonly string[]
}

/** A collector in this process. */
export interface Collector {
  /** Resolves when spans are taken. Rejects, with nothing left running, when that cannot be. */
  start(): Promise<void>
  /**
   * Takes no more spans, finishes what is in flight, tries each pending event once more and stops;
   * cuts it off when `signal` aborts or the configured `shutdown_timeout` is over. What could not be
   * delivered, and alerts that stay open, are logged. Safe before start and twice. `reason` stands in the
   * log, the name of a signal for instance; default `shutdown`.
   */
  shutdown(signal?: AbortSignal, reason?: string): Promise<void>
  /** For now only says, in a WARN, that the configuration is read at the start and no later. */
  reload(): void
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
  const writeOutput = setup.writeOutput ?? createLossyWriter(process.stdout)
  const telemetry = createTelemetry({
    ...config.logs,
    write: setup.writeLog ?? createLossyWriter(process.stderr),
    now: () => clock.now(),
    secrets: config.secrets,
    metrics: config.metrics,
  })
  const { service } = telemetry
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
    (name, error) => service.stopFailed(name, error),
  )
  let started: Promise<void> | undefined
  let stopped: Promise<void> | undefined

  async function start(): Promise<void> {
    service.starting(packageVersion())
    for (const warning of setup.configurationWarnings ?? []) service.configurationWarning(warning)
    try {
      await lifecycle.start()
    } catch (error) {
      // Nothing runs: whoever asked for the start says why, and there is no stop to be told.
      started = undefined
      throw error
    }
    // A stop asked for meanwhile has begun by now.
    if (stopped !== undefined) return
    running = true
    const local = localEndpoints(config.receivers)
    if (local.length > 0) service.localOnly(local)
    service.started({ state: 'in memory, lost at a restart' })
  }

  async function stop(signal: AbortSignal | undefined, reason: string): Promise<void> {
    const begun = started !== undefined
    running = false
    if (begun) service.stopping(reason)
    const timeout = AbortSignal.timeout(config.shutdownTimeoutMs)
    await lifecycle.shutdown(signal === undefined ? timeout : AbortSignal.any([signal, timeout]))
    if (!begun) return
    // State is in memory: what is open or pending now is forgotten.
    service.undelivered(built.delivery.pending())
    service.leftOpen(built.engines.flatMap((engine) => engine.status()))
    service.stopped()
  }

  return {
    endpoints: { metrics, health },
    address: (component, transport) => built.receivers.get(component)?.address(transport),
    reload: () => service.reloadIgnored(),
    start: () => (started ??= start()),
    shutdown: (signal, reason = 'shutdown') => (stopped ??= stop(signal, reason)),
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
