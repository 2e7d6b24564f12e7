import type { Outcome } from '../model/outcome.ts'
import { STATUS } from '../model/span.ts'
import { createErrorTypes } from './error-type.ts'

/** What users may say of outcomes, complete. */
export interface OutcomeOptions {
  /**
   * A provider's 4xx: `failed` pages on the operator's bad key or a model that is gone, `rejected`
   * takes it for the client's fault.
   */
  readonly upstream4xx: 'failed' | 'rejected'
  /** 4xx that are failures whoever answered them: a proxy out of deployments answers 429 itself. */
  readonly failedStatuses: readonly number[]
  /** The client left. */
  readonly canceledStatuses: readonly number[]
  /** Error types that mean the client left, besides the known ones. */
  readonly canceledErrorTypes: readonly string[]
}

export const DEFAULT_OUTCOMES: OutcomeOptions = {
  upstream4xx: 'failed',
  failedStatuses: [408, 429],
  canceledStatuses: [499],
  canceledErrorTypes: [],
}

/**
 * Error types that say that somebody stopped waiting. Not among them: JavaScript's AbortError, which
 * a proxy's own timeout raises as well.
 */
const CANCELED_ERROR_TYPES: readonly string[] = [
  'CancelledError',
  'CanceledError',
  'Canceled',
  'Cancelled',
  'CancellationException',
  'OperationCanceledException',
  'TaskCanceledException',
  'RequestCanceled',
  'RequestCancelled',
  'context canceled',
  'context cancelled',
  'ClientDisconnect',
  'ClientDisconnected',
  'ClientDisconnectedError',
  'ClientClosedRequest',
]

/** What an outcome is judged from. */
export interface OutcomeInput {
  readonly statusCode: number
  /** Undefined = the span has none. */
  readonly httpStatus: number | undefined
  readonly errorType: string | undefined
  /** Classes of errors that stand for a 4xx where there is no HTTP status. */
  readonly isClientError: boolean
}

export interface Outcomes {
  /** Nobody waits for the answer any more. */
  isCanceled(input: OutcomeInput): boolean
  /** First match wins; `upstreamError`: a provider was called, and the error is its. */
  of(input: OutcomeInput, upstreamError: boolean): Outcome
}

/** An error by any of the three signs of it. */
export function isError(input: OutcomeInput): boolean {
  return (
    input.statusCode === STATUS.error ||
    (input.httpStatus ?? 0) >= 400 ||
    input.errorType !== undefined
  )
}

export function createOutcomes(options: OutcomeOptions): Outcomes {
  const failedStatuses = new Set(options.failedStatuses)
  const canceledStatuses = new Set(options.canceledStatuses)
  const canceledErrorTypes = createErrorTypes([
    ...CANCELED_ERROR_TYPES,
    ...options.canceledErrorTypes,
  ])

  const isCanceled = ({ httpStatus, errorType }: OutcomeInput): boolean =>
    (httpStatus !== undefined && canceledStatuses.has(httpStatus)) ||
    (errorType !== undefined && canceledErrorTypes.has(errorType))

  const is4xx = ({ httpStatus, isClientError }: OutcomeInput): boolean =>
    httpStatus === undefined ? isClientError : httpStatus >= 400 && httpStatus < 500

  return {
    isCanceled,
    of(input, upstreamError) {
      if (input.statusCode === STATUS.ok) return 'ok'
      if (isCanceled(input)) return 'canceled'
      if (!isError(input)) return 'ok'
      if (is4xx(input) && !failedStatuses.has(input.httpStatus ?? 0)) {
        return upstreamError ? options.upstream4xx : 'rejected'
      }
      return 'failed'
    },
  }
}
