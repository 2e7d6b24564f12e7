import type { Exporter } from './exporter.ts'
import type { Encoding } from './options.ts'
import { withoutTracing } from './otel-api.ts'

/** By protocol as OTEL_EXPORTER_OTLP_PROTOCOL names it, in the order in which they are tried. */
const PACKAGES: Readonly<Record<Encoding, ReadonlyMap<string, string>>> = {
  spans: new Map([
    ['http/json', '@opentelemetry/exporter-trace-otlp-http'],
    ['http/protobuf', '@opentelemetry/exporter-trace-otlp-proto'],
    ['grpc', '@opentelemetry/exporter-trace-otlp-grpc'],
  ]),
  logs: new Map([
    ['http/json', '@opentelemetry/exporter-logs-otlp-http'],
    ['http/protobuf', '@opentelemetry/exporter-logs-otlp-proto'],
    ['grpc', '@opentelemetry/exporter-logs-otlp-grpc'],
  ]),
}

const CLASSES: Readonly<Record<Encoding, string>> = {
  spans: 'OTLPTraceExporter',
  logs: 'OTLPLogExporter',
}

const SIGNALS = { spans: 'TRACES', logs: 'LOGS' } as const
const PATHS = { spans: 'v1/traces', logs: 'v1/logs' } as const

type ExporterClass = new (config?: { readonly url: string }) => Exporter

/**
 * An exporter of whichever OTLP package is installed, which reads OTEL_EXPORTER_OTLP_* itself. The
 * packages are optional, so they are loaded when one is needed. Rejects when there is none.
 *
 * @param endpoint Base URL, as in OTEL_EXPORTER_OTLP_ENDPOINT; undefined = the environment's.
 */
export async function loadDefaultExporter(
  encoding: Encoding,
  endpoint: string | undefined,
): Promise<Exporter> {
  const protocol =
    process.env[`OTEL_EXPORTER_OTLP_${SIGNALS[encoding]}_PROTOCOL`] ??
    process.env['OTEL_EXPORTER_OTLP_PROTOCOL']
  const packages = PACKAGES[encoding]
  const preferred = packages.get(protocol ?? '')
  for (const name of new Set([preferred ?? '', ...packages.values()])) {
    const found = name === '' ? undefined : await load(name, CLASSES[encoding])
    if (found === undefined) continue
    if (endpoint === undefined) return withoutTracing(() => new found())
    const base = endpoint.replace(/\/+$/, '')
    const url = name.endsWith('-grpc') ? base : `${base}/${PATHS[encoding]}`
    return withoutTracing(() => new found({ url }))
  }
  throw new Error(
    `no OTLP exporter is installed, so nothing is announced: npm install ${preferred ?? packages.get('http/json')}, or give one in the options`,
  )
}

/** Undefined when the package is not there; any other fault of it is thrown. */
async function load(name: string, exported: string): Promise<ExporterClass | undefined> {
  try {
    const loaded: Readonly<Record<string, unknown>> = await withoutTracing(() => import(name))
    const found = loaded[exported]
    return isExporterClass(found) ? found : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      return undefined
    }
    throw error
  }
}

function isExporterClass(value: unknown): value is ExporterClass {
  return typeof value === 'function'
}
