/** The receiver's settings, complete: nothing later asks for a default. */
export interface OtlpReceiverOptions {
  /** Absent = the protocol is off. */
  readonly grpc?: GrpcOptions
  /** Absent = the protocol is off. */
  readonly http?: HttpOptions
}

export interface EndpointOptions {
  /**
   * Name or address to listen on; empty = every interface. `localhost` = 127.0.0.1 and, where the
   * host has it, ::1.
   */
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

export interface GrpcOptions extends EndpointOptions {
  /** Largest message, on the wire and decompressed. */
  readonly maxRecvMsgBytes: number
  /** Calls at a time on one connection; undefined = no limit. */
  readonly maxConcurrentStreams: number | undefined
  readonly keepalive: KeepaliveOptions
}

/** Times of a gRPC connection; undefined = never. */
export interface KeepaliveOptions {
  /** A connection silent for that long is pinged. */
  readonly timeMs: number | undefined
  /** And closed when it does not answer within that. */
  readonly timeoutMs: number
  /** A connection without calls is closed after that. */
  readonly maxConnectionIdleMs: number | undefined
  /** A connection is closed after that, give or take 10 %, so that clients balance anew. */
  readonly maxConnectionAgeMs: number | undefined
  /** What calls in flight are given then. */
  readonly maxConnectionAgeGraceMs: number | undefined
}

/** Codings of a request body beside identity, which is always accepted. */
export type CompressionAlgorithm = 'gzip' | 'deflate' | 'zstd'

export interface HttpOptions extends EndpointOptions {
  readonly tracesUrlPath: string
  readonly logsUrlPath: string
  /** Largest request body, on the wire and decompressed. */
  readonly maxRequestBodyBytes: number
  readonly compressionAlgorithms: readonly CompressionAlgorithm[]
  /** Absent = no browser of another origin may send. */
  readonly cors?: CorsOptions
  /** Request line and headers must have come within that. */
  readonly readHeaderTimeoutMs: number
  /** The whole request must have come within that. */
  readonly readTimeoutMs: number
  /** A connection between two requests is closed after that. */
  readonly idleTimeoutMs: number
}

export interface CorsOptions {
  /** For instance `https://*.example.com`; `*` stands for any characters. */
  readonly allowedOrigins: readonly string[]
  /** Header names beside the ones every browser may send and `Content-Type`; `*` = any. */
  readonly allowedHeaders: readonly string[]
  /** How long a browser may remember the answer; undefined = the browser's own default. */
  readonly maxAgeSeconds: number | undefined
}

/** 64 MiB: what the OTLP specification recommends as limit of a request. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024

export const GRPC_DEFAULTS: GrpcOptions = {
  host: 'localhost',
  port: 4317,
  maxRecvMsgBytes: MAX_REQUEST_BYTES,
  maxConcurrentStreams: undefined,
  // As grpc-go has them.
  keepalive: {
    timeMs: 2 * 60 * 60 * 1000,
    timeoutMs: 20_000,
    maxConnectionIdleMs: undefined,
    maxConnectionAgeMs: undefined,
    maxConnectionAgeGraceMs: undefined,
  },
}

export const HTTP_DEFAULTS: HttpOptions = {
  host: 'localhost',
  port: 4318,
  tracesUrlPath: '/v1/traces',
  logsUrlPath: '/v1/logs',
  maxRequestBodyBytes: MAX_REQUEST_BYTES,
  compressionAlgorithms: ['gzip', 'deflate', 'zstd'],
  readHeaderTimeoutMs: 10_000,
  readTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
}
