import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Telemetry } from '../../model/telemetry.ts'
import { createBodyBuffers } from './body-buffers.ts'
import { createCors } from './cors.ts'
import { bindEndpoint, closeServer, formatEndpoint, type Bound } from './endpoint.ts'
import { type Exports, signalsOf } from './export.ts'
import { answerConnect, answerUnparsed } from './http-unparsed.ts'
import { answerRequest, writeAnswer, type Exchange, type ExchangeOptions } from './http-exchange.ts'
import { pathsOf } from './http-request.ts'
import type { HttpOptions } from './options.ts'
import { orAborted, type OtlpServer } from './server.ts'

/** How often timeouts are looked at: Node's default makes them up to half a minute late. */
const CHECK_TIMEOUTS_MS = 1_000

export interface OtlpHttpServerOptions {
  /** Id of the receiver, `otlp[/name]`. */
  readonly id: string
  readonly options: HttpOptions
  readonly exports: Exports
  readonly telemetry: Telemetry['receiver']
}

/** OTLP over HTTP/1.1. */
export function createOtlpHttpServer(server: OtlpHttpServerOptions): OtlpServer {
  const { id, options, exports, telemetry } = server
  const broke = (error: unknown): void => telemetry.broke(id, 'http', error)
  const serving: ExchangeOptions = {
    options,
    cors: options.cors === undefined ? undefined : createCors(options.cors),
    buffers: createBodyBuffers(),
    exports,
    paths: pathsOf(options, signalsOf(exports)),
    broke,
  }
  const sockets = new Set<Socket>()
  /** The answer last begun on a connection. */
  const answers = new WeakMap<Socket, ServerResponse>()
  let bound: Bound | undefined
  let draining = false

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    waitsForContinue: boolean,
  ): Promise<void> {
    answers.set(request.socket, response)
    const exchange: Exchange = { request, response, waitsForContinue }
    const answer = await answerRequest(exchange, serving)
    if (answer === undefined) return
    if (answer.failure !== undefined) telemetry.failed(id, 'http', answer.failure)
    const cors = serving.cors?.answerHeaders(request.headers)
    const headers = { ...cors, ...answer.headers }
    writeAnswer(exchange, { ...answer, headers }, draining)
  }

  function take(
    request: IncomingMessage,
    response: ServerResponse,
    waitsForContinue: boolean,
  ): void {
    handle(request, response, waitsForContinue).catch((error: unknown) => {
      broke(error)
      response.destroy()
    })
  }

  function createOne(): Server {
    return createServer({
      // Node refuses one that is longer than the whole request may take.
      headersTimeout: Math.min(options.readHeaderTimeoutMs, options.readTimeoutMs),
      requestTimeout: options.readTimeoutMs,
      keepAliveTimeout: options.idleTimeoutMs,
      connectionsCheckingInterval: CHECK_TIMEOUTS_MS,
      // Node's own answer to a request without Host has no body; ours has.
      requireHostHeader: false,
    })
      .on('request', (request, response) => take(request, response, false))
      .on('checkContinue', (request, response) => take(request, response, true))
      .on('checkExpectation', (request, response) => take(request, response, false))
      .on('connect', ({ socket }) => {
        const failure = answerConnect(socket, answers.get(socket), options)
        if (failure !== undefined) telemetry.failed(id, 'http', failure)
      })
      .on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      .on('clientError', (error, socket) => {
        if (!(socket instanceof Socket)) return
        const failure = answerUnparsed(error, socket, answers.get(socket))
        if (failure !== undefined) telemetry.failed(id, 'http', failure)
      })
  }

  return {
    async start() {
      draining = false
      bound = await bindEndpoint(
        `receivers.${id}.protocols.http.endpoint`,
        options,
        createOne,
        broke,
      )
      telemetry.listening(id, 'http', formatEndpoint(bound.address), signalsOf(exports))
    },

    async shutdown(signal) {
      if (bound === undefined) return
      const { servers } = bound
      bound = undefined
      draining = true
      // Closes idle connections too; a connection that was only opened is not idle to Node.
      const closed = Promise.all(servers.map(closeServer)).then(() => undefined)
      for (const socket of sockets) {
        if (socket.bytesRead === 0) socket.destroy()
      }
      await orAborted(closed, signal)
      for (const socket of sockets) socket.destroy()
      await closed
    },

    address: () => bound?.address,
  }
}
