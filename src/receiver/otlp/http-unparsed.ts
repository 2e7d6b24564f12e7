import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RefusalCode } from '../../model/refusal.ts'
import { encodeStatus } from './answer.ts'
import { rpcCode, rpcStatus } from './status.ts'

interface Unparsed {
  readonly status: string
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
  const answered = response !== undefined && response.headersSent && !response.writableFinished
  // A connection that never sent a byte (browsers open some in advance) asked for nothing.
  if (!socket.writable || answered || socket.bytesRead === 0) {
    socket.destroy()
    return undefined
  }
  const { status, code, message } = BY_ERROR['code' in error ? String(error.code) : ''] ?? BROKEN
  const body = encodeStatus(rpcStatus(code, message), 'json')
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body.toString()}`,
    () => socket.destroy(),
  )
  return code === rpcCode.RESOURCE_EXHAUSTED ? 'too_large' : 'invalid_argument'
}
