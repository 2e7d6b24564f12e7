import type { Component, LogsConsumer, TracesConsumer } from '../../model/component.ts'
import type { AttributeColumns } from '../../model/span.ts'
import type { Telemetry } from '../../model/telemetry.ts'
import { createLogsDecoders, createTracesDecoders } from './decoders.ts'
import { createExport, type Exports } from './export.ts'
import { createGrpcServer } from './grpc.ts'
import { createOtlpHttpServer } from './http.ts'
import type { OtlpReceiverOptions } from './options.ts'
import type { OtlpServer } from './server.ts'

export interface OtlpReceiver extends Component {
  /** Where it listens; undefined = the protocol is off, or the receiver is not running. */
  address(transport: 'grpc' | 'http'): { readonly host: string; readonly port: number } | undefined
}

export interface OtlpReceiverSettings {
  /** `otlp[/name]`. */
  readonly id: string
  readonly options: OtlpReceiverOptions
  /** Complete when `start` is called. */
  readonly columns: AttributeColumns
  /** Absent = the signal is not served. */
  readonly traces?: TracesConsumer
  readonly logs?: LogsConsumer
  readonly telemetry: Telemetry['receiver']
}

/** Receives spans and log records by OTLP, over gRPC and HTTP. Start it last and shut it down first. */
export function createOtlpReceiver(settings: OtlpReceiverSettings): OtlpReceiver {
  const servers: { grpc?: OtlpServer; http?: OtlpServer } = {}
  let started: Promise<void> | undefined
  let stopped: Promise<void> | undefined

  async function start(): Promise<void> {
    const created = createServers(settings)
    const running: OtlpServer[] = []
    try {
      for (const server of Object.values(created)) {
        await server.start()
        running.push(server)
      }
    } catch (error) {
      await Promise.all(running.map((server) => server.shutdown(AbortSignal.abort())))
      throw error
    }
    Object.assign(servers, created)
  }

  async function stop(signal: AbortSignal): Promise<void> {
    // A start under way would bind after this had closed.
    await started?.catch(() => undefined)
    started = undefined
    await Promise.all(Object.values(servers).map((server) => server.shutdown(signal)))
  }

  return {
    start() {
      stopped = undefined
      return (started ??= start())
    },
    shutdown: (signal) => (stopped ??= stop(signal)),
    address: (transport) => servers[transport]?.address(),
  }
}

function createServers(settings: OtlpReceiverSettings): Record<string, OtlpServer> {
  const { id, options, telemetry } = settings
  const exports = createExports(settings)
  return {
    ...(options.grpc && {
      grpc: createGrpcServer({ id, options: options.grpc, exports, telemetry }),
    }),
    ...(options.http && {
      http: createOtlpHttpServer({ id, options: options.http, exports, telemetry }),
    }),
  }
}

function createExports(settings: OtlpReceiverSettings): Exports {
  const { id, columns, traces, logs, telemetry } = settings
  return {
    ...(traces && {
      traces: createExport({
        id,
        signal: 'traces',
        decoders: createTracesDecoders(columns),
        consume: (batch, request) => traces.consumeTraces(batch, request),
        telemetry,
      }),
    }),
    ...(logs && {
      logs: createExport({
        id,
        signal: 'logs',
        decoders: createLogsDecoders(columns),
        consume: (batch) => logs.consumeLogs(batch),
        telemetry,
      }),
    }),
  }
}
