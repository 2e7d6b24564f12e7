import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RefusalCode } from '../../model/refusal.ts'
import { encodeStatus } from './answer.ts'
import { allowedMethods, METHOD_NOT_ALLOWED } from './http-request.ts'
import type { HttpOptions } from './options.ts'
import { rpcCode, rpcStatus } from './status.ts'

interface Unparsed {
  readonly status: string
  /** Headers beside those that each has. */
  readonly headers?: Readonly<Record<string, string>>
  readonly code: rpcCode
  readonly message: string
}

const BROKEN: Unparsed = {
  status: '400 Bad Request',
  code: rpcCode.INVALID_ARGUMENT,
  message: 'this is not a well-formed HTTP/1.1 request',
}

const BY_ERROR: Readonly<Record<string, Unparsed>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: rpcCode.RESOURCE_EXHAUSTED,
    message: 'the request headers are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: rpcCode.DEADLINE_EXCEEDED,
    message: 'the request did not come in time',
  },
}

/**
 * Answers what never became a request, or not a whole one: bytes that are not HTTP, headers or a
 * body that come too slowly. Node has no response object for these, so the answer is written to the
 * connection, which ends.
 *
 * @param response The answer last begun on this connection, if any.
 * @returns What it counts as; undefined when nobody was there to be answered.
 */
export function answerUnparsed(
  error: Error,
  socket: Socket,
  response: ServerResponse | undefined,
): RefusalCode | undefined {
  // A connection that never sent a byte (browsers open some in advance) asked for nothing.
  if (!socket.writable || isAnswering(response) || socket.bytesRead === 0) {
    socket.destroy()
    return undefined
  }
  const unparsed = BY_ERROR['code' in error ? String(error.code) : ''] ?? BROKEN
  endWith(unparsed, socket)
  return unparsed.code === rpcCode.RESOURCE_EXHAUSTED ? 'too_large' : 'invalid_argument'
}

/**
 * Answers CONNECT. Node has no response object for it either, since the connection could become a
 * tunnel, and hangs up where nobody listens for it.
 *
 * @param response The answer last begun on this connection, if any.
 * @returns What it counts as; undefined when nobody was there to be answered.
 */
export function answerConnect(
  socket: Socket,
  response: ServerResponse | undefined,
  options: HttpOptions,
): RefusalCode | undefined {
  // Node's own listener is gone by now.
  socket.on('error', () => socket.destroy())
  if (!socket.writable || isAnswering(response)) {
    socket.destroy()
    return undefined
  }
  const notAllowed = {
    status: '405 Method Not Allowed',
    headers: { Allow: allowedMethods(options) },
    code: rpcCode.UNIMPLEMENTED,
    message: METHOD_NOT_ALLOWED,
  }
  endWith(notAllowed, socket)
  return 'unimplemented'
}

function isAnswering(response: ServerResponse | undefined): boolean {
  return response !== undefined && response.headersSent && !response.writableFinished
}

function endWith({ status, headers, code, message }: Unparsed, socket: Socket): void {
  const body = encodeStatus(rpcStatus(code, message), 'json')
  const head = Object.entries({
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status}`, ...head, '', body.toString()].join('\r\n'), () =>
    socket.destroy(),
  )
}
