import type { Component, TracesConsumer } from '../../model/component.ts'
import type { AttributeColumns } from '../../model/span.ts'
import type { Telemetry } from '../../model/telemetry.ts'
import { createExportTraces } from './export-traces.ts'
import { createGrpcServer } from './grpc.ts'
import { createHttpServer } from './http.ts'
import { createJsonDecoder } from './json/decoder.ts'
import type { OtlpReceiverOptions } from './options.ts'
import type { OtlpServer } from './server.ts'
import { ValueInterner } from './values.ts'
import { createProtobufDecoder } from './wire/decoder.ts'

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
  readonly consumer: TracesConsumer
  readonly telemetry: Telemetry['receiver']
}

/** Receives spans by OTLP, over gRPC and HTTP. Start it last and shut it down first. */
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
  const { id, options, columns, consumer, telemetry } = settings
  const values = new ValueInterner()
  const decoders = {
    protobuf: createProtobufDecoder(columns, values),
    json: createJsonDecoder(columns, values),
  }
  const exportTraces = createExportTraces({ id, decoders, consumer, telemetry })
  return {
    ...(options.grpc && {
      grpc: createGrpcServer({ id, options: options.grpc, exportTraces, telemetry }),
    }),
    ...(options.http && {
      http: createHttpServer({ id, options: options.http, exportTraces, telemetry }),
    }),
  }
}
