import type { Refusal, RefusalCode } from '../../model/refusal.ts'
import { encodeStatus, type Encoding } from './answer.ts'
import { grpcCodeOf, httpStatusOf, rpcStatus, rpcStatusOf, type RpcStatus } from './status.ts'

/** An answer, before it is Node's. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
  /** What a failure is counted as; undefined = none. */
  readonly failure: RefusalCode | undefined
}

const CONTENT_TYPE: Record<Encoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

export function acceptedAnswer(body: Buffer, encoding: Encoding): HttpAnswer {
  return {
    status: 200,
    headers: { 'Content-Type': CONTENT_TYPE[encoding] },
    body,
    failure: undefined,
  }
}

export function refusedAnswer(refusal: Refusal, encoding: Encoding): HttpAnswer {
  const status = rpcStatusOf(refusal)
  const headers: Record<string, string> = {}
  if (status.retryAfterMs !== undefined) {
    // Whole seconds; 0 would be no delay at all.
    headers['Retry-After'] = String(Math.max(1, Math.ceil(status.retryAfterMs / 1000)))
  }
  return statusAnswer(httpStatusOf(refusal.code), status, refusal.code, encoding, headers)
}

/** For what only HTTP has a status for: another path, method, type or coding. */
export function failedAnswer(
  status: number,
  code: RefusalCode,
  message: string,
  encoding: Encoding,
  headers: Record<string, string> = {},
): HttpAnswer {
  return statusAnswer(status, rpcStatus(grpcCodeOf(code), message), code, encoding, headers)
}

export function preflightAnswer(headers: Record<string, string>): HttpAnswer {
  return { status: 204, headers, body: Buffer.alloc(0), failure: undefined }
}

function statusAnswer(
  status: number,
  body: RpcStatus,
  failure: RefusalCode,
  encoding: Encoding,
  headers: Record<string, string>,
): HttpAnswer {
  return {
    status,
    headers: { ...headers, 'Content-Type': CONTENT_TYPE[encoding] },
    body: encodeStatus(body, encoding),
    failure,
  }
}
