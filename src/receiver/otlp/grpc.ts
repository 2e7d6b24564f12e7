import { createServer, type Socket } from 'node:net'
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type ChannelOptions,
  type MethodDefinition,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import type { Telemetry } from '../../model/telemetry.ts'
import { bindEndpoint, closeServer, formatEndpoint, type Bound } from './endpoint.ts'
import { type Export, type Exports, signalsOf } from './export.ts'
import { oneMessage } from './grpc-one-message.ts'
import { grpcStatusOf } from './grpc-status.ts'
import { watchGrpcStreams } from './grpc-streams.ts'
import type { GrpcOptions } from './options.ts'
import { orAborted, type OtlpServer } from './server.ts'
import { WORDS_OF } from './signals.ts'
import { refusalCodeOf, refusalFrom } from './status.ts'

/** Messages stay bytes: the decoder reads them itself. */
const asIs = (message: Buffer): Buffer => message

function serviceDefinition(service: string): Record<'Export', MethodDefinition<Buffer, Buffer>> {
  return {
    Export: {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  }
}

export interface GrpcServerOptions {
  /** Id of the receiver, `otlp[/name]`. */
  readonly id: string
  readonly options: GrpcOptions
  readonly exports: Exports
  readonly telemetry: Telemetry['receiver']
}

/**
 * OTLP over gRPC. What grpc-js answers by itself, never seen here: another method or coding
 * (UNIMPLEMENTED), a message over the limit (RESOURCE_EXHAUSTED, without RetryInfo), and one that
 * cannot be decompressed (INTERNAL, which the gRPC specification has for it).
 */
export function createGrpcServer(server: GrpcServerOptions): OtlpServer {
  const { id, options, exports, telemetry } = server
  const broke = (error: unknown): void => telemetry.broke(id, 'grpc', error)
  const sockets = new Set<Socket>()
  let running:
    | { readonly bound: Bound; readonly grpc: Server; readonly unwatch: () => void }
    | undefined

  function createGrpc(): Server {
    const grpc = new Server({ ...channelOptions(options), interceptors: [oneMessage] })
    for (const signal of signalsOf(exports)) {
      grpc.addService(serviceDefinition(WORDS_OF[signal].service), {
        Export: handlerOf(exports[signal]!),
      })
    }
    return grpc
  }

  function handlerOf(take: Export) {
    return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
      take({ transport: 'grpc', encoding: 'protobuf', body: call.request })
        .then(
          (answer) => callback(null, answer),
          (error: unknown) => callback(grpcStatusOf(refusalFrom(error))),
        )
        .catch(broke)
    }
  }

  return {
    async start() {
      // grpc-js writes headers that it cannot take to stderr, whole, tokens too. It has one logger
      // per process, and what else a server logs there reaches us as errors.
      setLogVerbosity(logVerbosity.NONE)
      const grpc = createGrpc()
      // grpc-js gets its connections from us: its own bind hides why a port cannot be had.
      const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure())
      const bound = await bindEndpoint(
        `receivers.${id}.protocols.grpc.endpoint`,
        options,
        () =>
          createServer({ noDelay: true }, (socket) => {
            sockets.add(socket)
            socket.once('close', () => sockets.delete(socket))
            injector.injectConnection(socket)
          }),
        broke,
      )
      const unwatch = watchGrpcStreams({
        port: bound.address.port,
        onFailed: (code) => telemetry.failed(id, 'grpc', refusalCodeOf(code)),
        onError: broke,
      })
      running = { bound, grpc, unwatch }
      telemetry.listening(id, 'grpc', formatEndpoint(bound.address), signalsOf(exports))
    },

    async shutdown(signal) {
      if (running === undefined) return
      const { bound, grpc, unwatch } = running
      running = undefined
      const closed = Promise.all(bound.servers.map(closeServer)).then(() => undefined)
      // GOAWAY to every client; each connection ends with its last call. Its callback is no measure
      // of that: on recent Node it comes at once, calls in flight or not.
      grpc.tryShutdown(() => undefined)
      await orAborted(closed, signal)
      grpc.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await closed
      unwatch()
    },

    address: () => running?.bound.address,
  }
}

function channelOptions(options: GrpcOptions): ChannelOptions {
  const { keepalive } = options
  const limits: Record<string, number | undefined> = {
    'grpc.max_receive_message_length': options.maxRecvMsgBytes,
    'grpc.max_concurrent_streams': options.maxConcurrentStreams,
    'grpc.keepalive_time_ms': keepalive.timeMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    'grpc.max_connection_idle_ms': keepalive.maxConnectionIdleMs,
    'grpc.max_connection_age_ms': keepalive.maxConnectionAgeMs,
    'grpc.max_connection_age_grace_ms': keepalive.maxConnectionAgeGraceMs,
    'grpc.enable_channelz': 0,
  }
  // grpc-js takes a key that is there for set, whatever its value.
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}
