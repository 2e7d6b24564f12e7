import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/model/outcome.ts'
import { STATUS } from '../../src/model/span.ts'
import {
  createOutcomes,
  DEFAULT_OUTCOMES,
  isError,
  type OutcomeInput,
} from '../../src/selection/outcome.ts'

const QUIET: OutcomeInput = {
  statusCode: STATUS.unset,
  httpStatus: undefined,
  errorType: undefined,
  isClientError: false,
}

const ERROR = { statusCode: STATUS.error }

/** Input; outcome without evidence of a provider; with it; with it and `upstream4xx: rejected`. */
type Row = [string, Partial<OutcomeInput>, Outcome, Outcome, Outcome]

const ROWS: Row[] = [
  ['1 OK', { statusCode: STATUS.ok }, 'ok', 'ok', 'ok'],
  [
    '1 OK whatever else',
    { statusCode: STATUS.ok, httpStatus: 500, errorType: 'X' },
    'ok',
    'ok',
    'ok',
  ],
  ['2 HTTP 499', { ...ERROR, httpStatus: 499 }, 'canceled', 'canceled', 'canceled'],
  ['2 HTTP 499, UNSET', { httpStatus: 499 }, 'canceled', 'canceled', 'canceled'],
  ['2 cancellation', { ...ERROR, errorType: 'CancelledError' }, 'canceled', 'canceled', 'canceled'],
  [
    '2 before 3',
    { ...ERROR, errorType: 'context canceled', httpStatus: 400 },
    'canceled',
    'canceled',
    'canceled',
  ],
  ['3 and other 4xx: 400', { ...ERROR, httpStatus: 400 }, 'rejected', 'failed', 'rejected'],
  ['401', { ...ERROR, httpStatus: 401 }, 'rejected', 'failed', 'rejected'],
  ['404, UNSET', { httpStatus: 404 }, 'rejected', 'failed', 'rejected'],
  [
    '4xx by class',
    { ...ERROR, errorType: 'BadRequestError', isClientError: true },
    'rejected',
    'failed',
    'rejected',
  ],
  [
    'HTTP status before class',
    { ...ERROR, httpStatus: 500, isClientError: true },
    'failed',
    'failed',
    'failed',
  ],
  ['4 429', { ...ERROR, httpStatus: 429 }, 'failed', 'failed', 'failed'],
  ['4 408', { ...ERROR, httpStatus: 408 }, 'failed', 'failed', 'failed'],
  ['4 429, UNSET', { httpStatus: 429 }, 'failed', 'failed', 'failed'],
  ['5 ERROR', ERROR, 'failed', 'failed', 'failed'],
  ['5 ERROR with 200', { ...ERROR, httpStatus: 200 }, 'failed', 'failed', 'failed'],
  ['5 HTTP 500, UNSET', { httpStatus: 500 }, 'failed', 'failed', 'failed'],
  ['5 HTTP 599', { httpStatus: 599 }, 'failed', 'failed', 'failed'],
  ['5 error.type, UNSET', { errorType: 'TimeoutError' }, 'failed', 'failed', 'failed'],
  ['6 UNSET', {}, 'ok', 'ok', 'ok'],
  ['6 HTTP 200', { httpStatus: 200 }, 'ok', 'ok', 'ok'],
  ['6 HTTP 302', { httpStatus: 302 }, 'ok', 'ok', 'ok'],
  ['6 HTTP 399', { httpStatus: 399 }, 'ok', 'ok', 'ok'],
]

describe('createOutcomes', () => {
  const byDefault = createOutcomes(DEFAULT_OUTCOMES)
  const narrowed = createOutcomes({ ...DEFAULT_OUTCOMES, upstream4xx: 'rejected' })

  it.each(ROWS)('%s', (_, partial, alone, upstream, upstreamRejected) => {
    const input = { ...QUIET, ...partial }
    expect(byDefault.of(input, false)).toBe(alone)
    expect(byDefault.of(input, true)).toBe(upstream)
    expect(narrowed.of(input, true)).toBe(upstreamRejected)
    expect(narrowed.of(input, false)).toBe(alone)
  })

  it('takes statuses and error types from the configuration', () => {
    const outcomes = createOutcomes({
      upstream4xx: 'failed',
      failedStatuses: [401],
      canceledStatuses: [460],
      canceledErrorTypes: ['AbortError'],
    })
    expect(outcomes.of({ ...QUIET, httpStatus: 401 }, false)).toBe('failed')
    expect(outcomes.of({ ...QUIET, httpStatus: 429 }, false)).toBe('rejected')
    expect(outcomes.of({ ...QUIET, httpStatus: 460 }, false)).toBe('canceled')
    expect(outcomes.of({ ...QUIET, httpStatus: 499 }, false)).toBe('rejected')
    expect(outcomes.of({ ...QUIET, errorType: 'AbortError' }, false)).toBe('canceled')
    expect(outcomes.of({ ...QUIET, errorType: 'CancelledError' }, false)).toBe('canceled')
  })

  it.each([
    'CancelledError',
    'asyncio.exceptions.CancelledError',
    'CanceledError',
    'context canceled',
    'context.Canceled',
    'client_disconnected',
    'starlette.requests.ClientDisconnect',
    'java.util.concurrent.CancellationException',
    'System.Threading.Tasks.TaskCanceledException',
  ])('knows %s as a cancellation', (errorType) => {
    expect(byDefault.isCanceled({ ...QUIET, errorType })).toBe(true)
  })

  it.each(['AbortError', 'TimeoutError', 'APIConnectionError', '_OTHER', ''])(
    'does not take %j for one',
    (errorType) => {
      expect(byDefault.isCanceled({ ...QUIET, errorType })).toBe(false)
    },
  )
})

describe('isError', () => {
  it.each<[Partial<OutcomeInput>, boolean]>([
    [{}, false],
    [{ statusCode: STATUS.error }, true],
    [{ httpStatus: 400 }, true],
    [{ httpStatus: 302 }, false],
    [{ errorType: 'X' }, true],
  ])('%j: %s', (partial, expected) => {
    expect(isError({ ...QUIET, ...partial })).toBe(expected)
  })
})
