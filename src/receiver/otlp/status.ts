import { status as rpcCode } from '@grpc/grpc-js'
import { Refusal, type RefusalCode } from '../../model/refusal.ts'

// The numbers of google.rpc.Code are gRPC's statuses.
export { rpcCode }

/**
 * What a refusal is in each protocol. Retryable by the OTLP specification are UNAVAILABLE and 503
 * only; RESOURCE_EXHAUSTED would be with RetryInfo, and must not have it here.
 */
const ANSWER_OF: Record<RefusalCode, { readonly grpc: rpcCode; readonly http: number }> = {
  invalid_argument: { grpc: rpcCode.INVALID_ARGUMENT, http: 400 },
  too_large: { grpc: rpcCode.RESOURCE_EXHAUSTED, http: 413 },
  unavailable: { grpc: rpcCode.UNAVAILABLE, http: 503 },
  unauthenticated: { grpc: rpcCode.UNAUTHENTICATED, http: 401 },
  unimplemented: { grpc: rpcCode.UNIMPLEMENTED, http: 501 },
}

const COUNTED_AS: ReadonlyMap<number, RefusalCode> = new Map([
  [rpcCode.INVALID_ARGUMENT, 'invalid_argument'],
  // Only grpc-js says so here: of a message that cannot be decompressed, of a malformed grpc-timeout.
  [rpcCode.INTERNAL, 'invalid_argument'],
  [rpcCode.RESOURCE_EXHAUSTED, 'too_large'],
  [rpcCode.UNAVAILABLE, 'unavailable'],
  // The client's own deadline passed before we could answer.
  [rpcCode.DEADLINE_EXCEEDED, 'unavailable'],
  [rpcCode.UNAUTHENTICATED, 'unauthenticated'],
  [rpcCode.UNIMPLEMENTED, 'unimplemented'],
])

/** When a sender may try again if whoever refused does not know. */
const RETRY_AFTER_MS = 1_000

/** Some gRPC clients cut off connections whose headers exceed 8 KiB, and messages go there twice. */
const MAX_MESSAGE_LENGTH = 1_024

/** A google.rpc.Status with the details that we send. */
export interface RpcStatus {
  readonly code: rpcCode
  readonly message: string
  /** A google.rpc.BadRequest with one violation: of the request as a whole. */
  readonly badRequest: boolean
  /** A google.rpc.RetryInfo with this delay. */
  readonly retryAfterMs: number | undefined
}

export function grpcCodeOf(code: RefusalCode): rpcCode {
  return ANSWER_OF[code].grpc
}

export function httpStatusOf(code: RefusalCode): number {
  return ANSWER_OF[code].http
}

/** What an answer of grpc-js is counted as; `internal` where no refusal has its code. */
export function refusalCodeOf(grpcCode: number): RefusalCode | 'internal' {
  return COUNTED_AS.get(grpcCode) ?? 'internal'
}

export function rpcStatus(code: rpcCode, message: string): RpcStatus {
  return {
    code,
    message: shorten(message),
    badRequest: code === rpcCode.INVALID_ARGUMENT,
    retryAfterMs: undefined,
  }
}

export function rpcStatusOf(refusal: Refusal): RpcStatus {
  const status = rpcStatus(grpcCodeOf(refusal.code), refusal.message)
  if (refusal.code !== 'unavailable') return status
  return { ...status, retryAfterMs: refusal.retryAfterMs ?? RETRY_AFTER_MS }
}

/**
 * What the sender is told of any error. One that is no Refusal is a fault of ours: its text stays
 * here, and the sender, whose data may be good, shall try again.
 */
export function refusalFrom(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  return new Refusal('unavailable', 'the receiver failed to take the request', { cause: error })
}

/** Keeps a text within what an answer may hold, and well-formed where it is cut. */
export function shorten(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message.toWellFormed()
  return `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`.toWellFormed()
}
