import { z } from 'zod'
import { duration, endpoint, positiveDuration } from '../../lib/schema.ts'
import {
  GRPC_DEFAULTS,
  type GrpcOptions,
  HTTP_DEFAULTS,
  type HttpOptions,
  type KeepaliveOptions,
  type OtlpReceiverOptions,
} from './options.ts'

const MIB = 1024 * 1024

const keepalive = z.strictObject({
  server_parameters: z
    .strictObject({
      time: positiveDuration().prefault('2h').describe('Ping a connection silent for that long.'),
      timeout: positiveDuration().prefault('20s').describe('Close it without an answer in that.'),
      max_connection_idle: duration().optional().describe('Close a connection without calls.'),
      max_connection_age: duration().optional().describe('Close any connection after that.'),
      max_connection_age_grace: duration().optional().describe('Time for calls in flight then.'),
    })
    .prefault({}),
})

const grpc = z.strictObject({
  endpoint: endpoint().prefault('localhost:4317').describe('host:port to listen on.'),
  max_recv_msg_size_mib: z
    .int()
    .min(1)
    .max(2047)
    .default(GRPC_DEFAULTS.maxRecvMsgBytes / MIB)
    .describe('Largest message in MiB, also after decompression.'),
  max_concurrent_streams: z
    .int()
    .min(0)
    .default(0)
    .describe('Calls at a time on one connection; 0 = no limit.'),
  keepalive: keepalive.prefault({}),
})

function urlPath() {
  return z.string().regex(/^\/[^?#\s]*$/, { error: 'must be a path that begins with /' })
}

const http = z
  .strictObject({
    endpoint: endpoint().prefault('localhost:4318').describe('host:port to listen on.'),
    traces_url_path: urlPath().default(HTTP_DEFAULTS.tracesUrlPath),
    logs_url_path: urlPath()
      .default(HTTP_DEFAULTS.logsUrlPath)
      .describe('Served when a pipeline of logs uses the receiver.'),
    max_request_body_size: z
      .int()
      .min(1)
      .default(HTTP_DEFAULTS.maxRequestBodyBytes)
      .describe('Largest body in bytes, also after decompression.'),
    compression_algorithms: z
      .array(z.enum(['gzip', 'deflate', 'zstd']))
      .default([...HTTP_DEFAULTS.compressionAlgorithms])
      .describe('What is accepted beside uncompressed bodies.'),
    cors: z
      .strictObject({
        allowed_origins: z.array(z.string()).default([]).describe('* stands for any characters.'),
        allowed_headers: z.array(z.string()).default([]),
        max_age: z.int().min(0).optional().describe('Seconds a browser may remember the answer.'),
      })
      .optional(),
    read_header_timeout: positiveDuration().prefault('10s'),
    read_timeout: positiveDuration().prefault('60s').describe('For the whole request.'),
    idle_timeout: positiveDuration().prefault('60s').describe('Between two requests.'),
  })
  .refine((config) => config.logs_url_path !== config.traces_url_path, {
    path: ['logs_url_path'],
    error: 'must differ from traces_url_path',
  })

/** What users write under `receivers.otlp`. A protocol is on when its key is there. */
export const otlpReceiverConfig = z.strictObject({
  protocols: z
    .strictObject({ grpc: grpc.optional(), http: http.optional() })
    .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
      error: 'must have at least one of grpc and http',
      when: ({ value }) => typeof value === 'object' && value !== null,
    }),
})

export type OtlpReceiverConfig = z.infer<typeof otlpReceiverConfig>

export function otlpReceiverOptions({ protocols }: OtlpReceiverConfig): OtlpReceiverOptions {
  return {
    ...(protocols.grpc === undefined ? {} : { grpc: grpcOptions(protocols.grpc) }),
    ...(protocols.http === undefined ? {} : { http: httpOptions(protocols.http) }),
  }
}

function grpcOptions(config: z.infer<typeof grpc>): GrpcOptions {
  return {
    ...config.endpoint,
    maxRecvMsgBytes: config.max_recv_msg_size_mib * MIB,
    maxConcurrentStreams: config.max_concurrent_streams || undefined,
    keepalive: keepaliveOptions(config.keepalive.server_parameters),
  }
}

function keepaliveOptions(
  config: z.infer<typeof keepalive>['server_parameters'],
): KeepaliveOptions {
  // As in grpc-go, 0 is "never".
  return {
    timeMs: config.time,
    timeoutMs: config.timeout,
    maxConnectionIdleMs: config.max_connection_idle || undefined,
    maxConnectionAgeMs: config.max_connection_age || undefined,
    maxConnectionAgeGraceMs: config.max_connection_age_grace || undefined,
  }
}

function httpOptions(config: z.infer<typeof http>): HttpOptions {
  return {
    ...config.endpoint,
    tracesUrlPath: config.traces_url_path,
    logsUrlPath: config.logs_url_path,
    maxRequestBodyBytes: config.max_request_body_size,
    compressionAlgorithms: config.compression_algorithms,
    ...(config.cors === undefined
      ? {}
      : {
          cors: {
            allowedOrigins: config.cors.allowed_origins,
            allowedHeaders: config.cors.allowed_headers,
            maxAgeSeconds: config.cors.max_age,
          },
        }),
    readHeaderTimeoutMs: config.read_header_timeout,
    readTimeoutMs: config.read_timeout,
    idleTimeoutMs: config.idle_timeout,
  }
}
