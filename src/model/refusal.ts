/**
 * Why a request is not accepted: a closed list, mapped to gRPC codes and HTTP statuses in one place
 * (receiver/otlp/status.ts).
 */
export type RefusalCode =
  /** Undecodable. */
  | 'invalid_argument'
  /** Over a size limit: the same request will never fit. */
  | 'too_large'
  /** Overload, draining, or a journal that cannot write: try again. */
  | 'unavailable'
  | 'unauthenticated'
  | 'unimplemented'

/** The one error that crosses component borders on the receive path. Messages never quote the request. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** For `unavailable`: when to try again, ms. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: RefusalCode,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}
