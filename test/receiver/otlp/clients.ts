import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import {
  Client,
  credentials,
  Metadata,
  type ChannelOptions,
  type ServiceError,
} from '@grpc/grpc-js'
import { protoRoot } from '../../helpers/otlp.ts'
import { afterTest } from './running-receiver.ts'

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

export interface HttpReply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface HttpRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array | string
  readonly agent?: http.Agent
}

/** One request with Node's client; a body without Content-Length goes chunked. */
export async function send(port: number, request: HttpRequest): Promise<HttpReply> {
  const { method = 'POST', path = '/v1/traces', headers = {}, body, agent } = request
  const outgoing = http.request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: agent ?? new http.Agent(),
  })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage]
  return readReply(incoming)
}

async function readReply(incoming: http.IncomingMessage): Promise<HttpReply> {
  const chunks: Buffer[] = await incoming.toArray()
  return { status: incoming.statusCode!, headers: incoming.headers, body: Buffer.concat(chunks) }
}

export function postProtobuf(
  port: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpReply> {
  return send(port, { headers: { 'Content-Type': 'application/x-protobuf', ...headers }, body })
}

export function postJson(
  port: number,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<HttpReply> {
  return send(port, { headers: { 'Content-Type': 'application/json', ...headers }, body })
}

/** A connection that sends any bytes; closed after the test. */
export async function openSocket(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  afterTest(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

/** All that comes until the other side closes. */
export async function readToEnd(socket: net.Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  if (!socket.closed) await once(socket, 'close')
  return text
}

interface GrpcReply {
  readonly code: number
  readonly message: string
  /** Undefined when the call failed. */
  readonly body: Buffer | undefined
  /** The google.rpc.Status of `grpc-status-details-bin`; undefined when there is none. */
  readonly status: RpcStatus | undefined
}

export interface GrpcCaller {
  call(body: Uint8Array, path?: string): Promise<GrpcReply>
}

const bytes = (message: Buffer): Buffer => message

/** A grpc-js client that sends raw messages; closed after the test. */
export function grpcClient(port: number, options: ChannelOptions = {}): GrpcCaller {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    // Every client a connection of its own.
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  })
  afterTest(() => client.close())
  return {
    call: (body, path = EXPORT) =>
      new Promise((resolve) => {
        const done = (error: ServiceError | null, answer?: Buffer): void =>
          resolve({
            code: error?.code ?? 0,
            message: error?.details ?? '',
            body: answer,
            status: statusDetails(error?.metadata),
          })
        client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), new Metadata(), done)
      }),
  }
}

function statusDetails(metadata: Metadata | undefined): RpcStatus | undefined {
  const [details] = metadata?.get('grpc-status-details-bin') ?? []
  return details instanceof Buffer ? readStatus(details) : undefined
}

interface RawGrpcReply {
  readonly code: number
  readonly httpStatus: number
  /** The google.rpc.Status of `grpc-status-details-bin`; undefined when there is none. */
  readonly status: RpcStatus | undefined
}

/** One gRPC call on a bare HTTP/2 session, to send what no client library would. */
export async function rawGrpcCall(
  session: http2.ClientHttp2Session,
  headers: Record<string, string>,
  data: Uint8Array,
): Promise<RawGrpcReply> {
  const stream = session.request({
    ':method': 'POST',
    ':path': EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  stream.on('error', () => undefined)
  stream.end(data)
  let received: http2.IncomingHttpHeaders = {}
  stream.on('response', (more) => (received = { ...received, ...more }))
  stream.on('trailers', (more) => (received = { ...received, ...more }))
  stream.resume()
  await once(stream, 'close')
  const details = received['grpc-status-details-bin']
  return {
    code: Number(received['grpc-status']),
    httpStatus: Number(received[':status']),
    status: details === undefined ? undefined : readStatus(Buffer.from(String(details), 'base64')),
  }
}

export async function openSession(port: number): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  session.on('error', () => undefined)
  afterTest(() => session.destroy())
  await once(session, 'connect')
  return session
}

/** A gRPC message as it goes over the wire. */
export function frame(body: Uint8Array, compressed: boolean, length = body.length): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(compressed ? 1 : 0, 0)
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, body])
}

export interface RpcStatus {
  readonly code: number
  readonly message: string
  /** Names of the details' types without the package, and what is in them. */
  readonly details: Record<string, unknown>
}

/** A google.rpc.Status from its protobuf, by the vendored .proto files. */
export function readStatus(body: Uint8Array): RpcStatus {
  const type = protoRoot().lookupType('google.rpc.Status')
  const status = type.toObject(type.decode(body)) as {
    code: number
    message: string
    details?: { type_url: string; value: Uint8Array }[]
  }
  const details = (status.details ?? []).map((any) => {
    const name = any.type_url.replace('type.googleapis.com/', '')
    const detail = protoRoot().lookupType(name)
    const value = detail.toObject(detail.decode(any.value), { longs: Number })
    return [name.replace('google.rpc.', ''), value] as const
  })
  return { code: status.code, message: status.message, details: Object.fromEntries(details) }
}

/** An ExportTraceServiceResponse, or that of another signal, from its protobuf. */
export function readExportAnswer(
  body: Uint8Array,
  name = 'trace.v1.ExportTraceServiceResponse',
): unknown {
  const type = protoRoot().lookupType(`opentelemetry.proto.collector.${name}`)
  return type.toObject(type.decode(body), { longs: Number })
}
