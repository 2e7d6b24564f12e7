import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { Refusal } from '../../model/refusal.ts'
import type { BodyBuffers } from './body-buffers.ts'
import { readBody } from './body.ts'
import type { Cors } from './cors.ts'
import type { Exports } from './export.ts'
import {
  acceptedAnswer,
  failedAnswer,
  preflightAnswer,
  refusedAnswer,
  type HttpAnswer,
} from './http-answer.ts'
import {
  acceptsGzip,
  readHead,
  tooLargeMessage,
  type Intent,
  type SignalPaths,
} from './http-request.ts'
import { inflate } from './inflate.ts'
import type { HttpOptions } from './options.ts'
import { refusalFrom } from './status.ts'

export interface ExchangeOptions {
  readonly options: HttpOptions
  readonly cors: Cors | undefined
  readonly buffers: BodyBuffers
  readonly exports: Exports
  readonly paths: SignalPaths
  readonly broke: (error: unknown) => void
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client waits for `100 Continue` before it sends the body, and has not got it. */
  waitsForContinue: boolean
}

/** Below this gzip costs more than it saves. */
const MIN_GZIP_BYTES = 1024

/** How long the rest of a refused request is read and dropped. */
const LINGER_MS = 5_000

/** One request to its answer; undefined when the client has left meanwhile. Never rejects. */
export async function answerRequest(
  exchange: Exchange,
  server: ExchangeOptions,
): Promise<HttpAnswer | undefined> {
  const { request } = exchange
  const { options, cors, paths } = server
  const { method = '', url = '', headers, httpVersion } = request
  const intent = readHead({ method, url, headers, httpVersion }, options, paths)
  if (intent.kind === 'preflight') return preflightAnswer(cors?.preflightHeaders(headers) ?? {})
  if (intent.kind === 'refused') {
    const { status, code, message, encoding } = intent
    return failedAnswer(status, code, message, encoding, intent.headers)
  }
  try {
    return await exportBody(intent, exchange, server)
  } catch (error) {
    if (!(error instanceof Refusal)) server.broke(error)
    return refusedAnswer(refusalFrom(error), intent.encoding)
  }
}

async function exportBody(
  intent: Extract<Intent, { kind: 'export' }>,
  exchange: Exchange,
  server: ExchangeOptions,
): Promise<HttpAnswer | undefined> {
  const { signal, encoding, compression, announcedBytes } = intent
  const { maxRequestBodyBytes } = server.options
  if (exchange.waitsForContinue) {
    exchange.response.writeContinue()
    exchange.waitsForContinue = false
  }
  const read = await readBody(exchange.request, maxRequestBodyBytes, announcedBytes, server.buffers)
  if (read.kind === 'gone') return undefined
  if (read.kind === 'too_large') {
    throw new Refusal('too_large', tooLargeMessage(maxRequestBodyBytes))
  }
  let answer: Promise<Buffer>
  try {
    const body =
      compression === undefined
        ? read.body
        : await inflate(read.body, compression, maxRequestBodyBytes)
    answer = server.exports[signal]!({ transport: 'http', encoding, body })
  } finally {
    // Not after the wait for the answer: the body has been read.
    read.release()
  }
  return acceptedAnswer(await answer, encoding)
}

/**
 * Writes an answer. Where the body was not read to its end, the connection ends with it. What comes
 * is then read and dropped for a while: closing at once would reset the connection, and the client
 * might lose the answer.
 *
 * @param draining The server is shutting down: the connection ends with this answer.
 */
export function writeAnswer(exchange: Exchange, answer: HttpAnswer, draining: boolean): void {
  const { request, response } = exchange
  if (response.destroyed) return
  const unread = hasUnreadBody(request)
  const { headers, body } = compressed(answer, request)
  if (unread || draining) headers['Connection'] = 'close'
  if (answer.status !== 204) headers['Content-Length'] = String(body.length)
  response.writeHead(answer.status, headers)
  if (!unread || exchange.waitsForContinue) {
    response.end(body)
    return
  }
  response.flushHeaders()
  if (body.length > 0) response.write(body)
  const end = (): void => {
    clearTimeout(timer)
    request.off('end', end).off('close', end)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  request.on('end', end).on('close', end).resume()
}

function hasUnreadBody(request: IncomingMessage): boolean {
  const { headers } = request
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody && !request.complete
}

function compressed(
  answer: HttpAnswer,
  request: IncomingMessage,
): { headers: Record<string, string>; body: Buffer } {
  const headers = { ...answer.headers }
  if (answer.body.length < MIN_GZIP_BYTES || !acceptsGzip(request.headers)) {
    return { headers, body: answer.body }
  }
  headers['Content-Encoding'] = 'gzip'
  return { headers, body: gzipSync(answer.body) }
}
