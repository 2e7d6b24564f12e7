import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/exporter/pagerduty/client.ts'
import { judge, retryAfterMs } from '../../../src/exporter/pagerduty/verdict.ts'

const KEY = 'R0uting0Key0of0thirty0two0signs0'
const NOW = Date.UTC(2026, 10, 25, 10)

function answer(status: number, body: unknown = '', retryAfter?: string): Exchange {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answer', status, retryAfter, body: text }
}

const invalid = (...errors: unknown[]) => ({
  status: 'invalid event',
  message: 'Event object is invalid',
  errors,
})

describe('judge', () => {
  it.each([200, 202, 204, 299])('%d is delivered, whatever the body', (status) => {
    expect(judge(answer(status, '<html>'), KEY, NOW)).toEqual({ kind: 'delivered' })
  })

  it.each([
    invalid("Length of 'routing_key' is incorrect (should be 32 characters)"),
    invalid("'payload.source' is missing", 'Invalid routing key'),
    invalid('Service key is the wrong length (should be 32 characters)'),
    { message: 'invalid integration key' },
    { errors: 'Invalid routing key' },
    '"Invalid routing key"',
    'Invalid routing key',
  ])('400 naming the routing key is a misconfiguration: %j', (body) => {
    const verdict = judge(answer(400, body), KEY, NOW)
    expect(verdict).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringMatching(
        /^HTTP 400: .*integration key \(32 letters and digits\).*not a REST API key/,
      ),
    })
  })

  it.each([
    [
      400,
      invalid("'payload.summary' is missing or blank"),
      "'payload.summary' is missing or blank",
    ],
    [400, invalid(1, 'a', 'b'), 'a; b'],
    [
      400,
      { message: 'Event object format is unrecognized' },
      'Event object format is unrecognized',
    ],
    [400, '<html>our routing key policy</html>', ''],
    [400, 'null', ''],
    [400, '17', ''],
    [413, '', ''],
    [422, '', ''],
  ])('%d %j is never to be sent again', (status, body, said) => {
    expect(judge(answer(status, body), KEY, NOW)).toEqual({
      kind: 'invalid',
      reason: `HTTP ${status}${said === '' ? '' : `: ${said}`}`,
    })
  })

  it.each([301, 302, 307, 401, 402, 403, 404, 405, 407, 410, 451])(
    '%d is a misconfiguration',
    (status) => {
      expect(judge(answer(status), KEY, NOW)).toMatchObject({
        kind: 'misconfigured',
        reason: `HTTP ${status}; check endpoint and proxy`,
      })
    },
  )

  it.each([408, 425, 500, 502, 503, 504, 520])('%d is tried again', (status) => {
    expect(judge(answer(status, '<html>', '3600'), KEY, NOW)).toEqual({
      kind: 'retry',
      reason: `HTTP ${status}`,
      wholeDestination: false,
    })
  })

  it('429 holds up the whole destination, as long as it asks for', () => {
    const held = { kind: 'retry', reason: 'HTTP 429', wholeDestination: true }
    expect(judge(answer(429), KEY, NOW)).toEqual(held)
    expect(judge(answer(429, '', '17'), KEY, NOW)).toEqual({ ...held, afterMs: 17_000 })
  })

  it('no answer is tried again', () => {
    expect(judge({ kind: 'no_answer', reason: 'no answer in time' }, KEY, NOW)).toEqual({
      kind: 'retry',
      reason: 'no answer in time',
      wholeDestination: false,
    })
  })

  it.each([400, 401, 413, 429, 500])('%d: a reason never holds the key', (status) => {
    const said = `key ${KEY}, ${KEY.toLowerCase()} and ${KEY.toUpperCase()}\n`.repeat(20)
    const verdicts = [
      judge(answer(status, invalid(said)), KEY, NOW),
      judge({ kind: 'no_answer', reason: said }, KEY, NOW),
    ]
    expect(JSON.stringify(verdicts).toLowerCase()).not.toContain(KEY.toLowerCase())
    expect(JSON.stringify(verdicts)).toContain('(routing key)')
    expect(JSON.stringify(verdicts).length).toBeLessThan(1000)
  })
})

describe('retryAfterMs', () => {
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['30', 30_000],
    [' 1.5 ', 1500],
    ['86400', 3_600_000],
    ['-5', undefined],
    ['soon', undefined],
    ['Wed, 25 Nov 2026 10:00:45 GMT', 45_000],
    ['Wed, 25 Nov 2026 09:00:00 GMT', 0],
    ['Thu, 26 Nov 2026 10:00:00 GMT', 3_600_000],
  ])('%j is %j ms', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms)
  })
})
