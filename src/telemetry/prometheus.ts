import type { Meter } from '@opentelemetry/api'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { type MetricData, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { createGetListener, type HttpAnswer } from '../lib/http-get.ts'
import { createHttpServer, formatAddress } from '../lib/http-server.ts'

export interface PrometheusEndpoint {
  /** Empty = every interface. */
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

export interface PrometheusOptions {
  /** In the order of `service.telemetry.metrics.readers`; each serves the same. */
  readonly endpoints: readonly PrometheusEndpoint[]
  /** Metrics that do not come from the meter, made for each scrape. */
  readonly extra: () => readonly MetricData[]
  /** A metric could not be read; the others are served all the same. */
  readonly onFault: (error: unknown) => void
}

export interface Prometheus {
  readonly meter: Meter
  /** Resolves with the addresses, `host:port`; when one cannot be had, none is kept. */
  start(): Promise<readonly string[]>
  shutdown(signal: AbortSignal): Promise<void>
}

const PATH = '/metrics'
/** Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * Serves metrics as Prometheus text. SDK and text are OpenTelemetry's; the server is ours, because
 * that of PrometheusExporter neither says which setting is wrong nor closes its connections.
 */
export function createPrometheus(options: PrometheusOptions): Prometheus {
  const reader = new PullReader()
  const provider = new MeterProvider({ readers: [reader] })
  const withoutTargetInfo = true
  const withoutScopeInfo = true
  const serializer = new PrometheusSerializer(
    '',
    false,
    undefined,
    withoutTargetInfo,
    withoutScopeInfo,
  )

  async function scrape(): Promise<HttpAnswer> {
    const { resourceMetrics, errors } = await reader.collect()
    errors.forEach(options.onFault)
    resourceMetrics.scopeMetrics.push({
      scope: { name: 'spanpager' },
      metrics: [...options.extra()],
    })
    const body = serializer.serialize(resourceMetrics)
    return { status: 200, contentType: CONTENT_TYPE, body }
  }

  const onRequest = createGetListener({ [PATH]: scrape }, options.onFault)
  const servers = options.endpoints.map(({ host, port }, index) =>
    createHttpServer({
      host,
      port,
      setting: `service.telemetry.metrics.readers[${index}].pull.exporter.prometheus.port`,
      onRequest,
      maxConnections: 100,
    }),
  )

  async function shutdown(signal: AbortSignal): Promise<void> {
    await Promise.all(servers.map((server) => server.shutdown(signal)))
    await provider.shutdown()
  }

  return {
    meter: provider.getMeter('spanpager'),
    async start() {
      try {
        return (await Promise.all(servers.map((server) => server.start()))).map(formatAddress)
      } catch (error) {
        await shutdown(AbortSignal.abort())
        throw error
      }
    },
    shutdown,
  }
}
