import { createNoopMeter } from '@opentelemetry/api'
import type { PendingEvent } from '../model/delivery.ts'
import type { EngineView } from '../model/status.ts'
import type { ServiceEvents, Telemetry } from '../model/telemetry.ts'
import { alertMetric } from './alert-metric.ts'
import { createDeliveryEvents, isPagerDuty } from './delivery-events.ts'
import { observeEngines } from './engine-metrics.ts'
import { errorFields } from './error-fields.ts'
import { createInstruments, type Instruments, startAtZero } from './instruments.ts'
import { createLogger, type Logger, type LoggerOptions } from './logger.ts'
import { observePending } from './pending-metrics.ts'
import { createProcessorEvents } from './processor-events.ts'
import { createPrometheus, type PrometheusEndpoint } from './prometheus.ts'
import { createRateLimit } from './rate-limit.ts'
import { createReceiverEvents } from './receiver-events.ts'
import { createServiceEvents } from './service-events.ts'

export interface TelemetryOptions extends LoggerOptions {
  /** Where metrics are served; empty = nowhere. */
  readonly metrics: readonly PrometheusEndpoint[]
}

/** What metrics read when they are scraped. */
export interface TelemetrySources {
  readonly engines: () => readonly EngineView[]
  /** Ids of the alert exporters. */
  readonly exporters: readonly string[]
  readonly pending: () => readonly PendingEvent[]
}

/** The voice of the service: logs and metrics. */
export interface TelemetryService {
  readonly telemetry: Telemetry
  readonly service: ServiceEvents
  readonly logger: Logger
  /** To be called once, when the pipelines are built. */
  observe(sources: TelemetrySources): void
  /** Resolves when metrics are served, with the addresses, `host:port`. */
  start(): Promise<readonly string[]>
  shutdown(signal: AbortSignal): Promise<void>
}

/** Logs from the start; serves metrics between `start` and `shutdown`. */
export function createTelemetry(options: TelemetryOptions): TelemetryService {
  const { now } = options
  const logger = createLogger(options)
  const service = createServiceEvents(logger, now)
  const faultLine = createRateLimit(now, 60_000)
  let engines: () => readonly EngineView[] = () => []

  const prometheus =
    options.metrics.length > 0 &&
    createPrometheus({
      endpoints: options.metrics,
      extra: () => [alertMetric(engines())],
      onFault(error) {
        if (faultLine('metrics') === undefined) return
        logger.error('a metric could not be read', { error: errorFields(error) })
      },
    })
  const meter = prometheus ? prometheus.meter : createNoopMeter()
  const instruments = createInstruments(meter)

  return {
    logger,
    service,
    telemetry: {
      receiver: createReceiverEvents(logger, instruments, now),
      processor: createProcessorEvents(logger, instruments, now),
      delivery: createDeliveryEvents(logger, instruments, now),
    },

    observe(sources) {
      engines = sources.engines
      observeEngines(meter, engines)
      observePending(meter, sources.exporters, sources.pending, now)
      startKnownSeries(instruments, sources)
    },

    async start() {
      const addresses = prometheus ? await prometheus.start() : []
      for (const address of addresses) service.listening('metrics', address)
      return addresses
    },

    async shutdown(signal) {
      if (prometheus) await prometheus.shutdown(signal)
    },
  }
}

function startKnownSeries(instruments: Instruments, sources: TelemetrySources): void {
  const rules = new Set(sources.engines().flatMap((engine) => engine.rules))
  if (sources.exporters.some(isPagerDuty)) {
    for (const rule of rules) {
      startAtZero(instruments.incidents, [
        { rule, event: 'trigger' },
        { rule, event: 'resolve' },
      ])
    }
  }
  for (const exporter of sources.exporters) {
    for (const result of ['delivered', 'retry', 'misconfigured', 'rejected']) {
      startAtZero(instruments.attempts, [{ exporter, result }])
    }
    startAtZero(instruments.deadLetters, [{ exporter }])
    startAtZero(instruments.lateDropped, [{ exporter }])
  }
  for (const { processor } of sources.engines()) {
    startAtZero(instruments.journalFailures, [{ processor }])
  }
}
