import { afterEach, describe, expect, it } from 'vitest'
import { describeIncident } from '../../examples/pagerduty-stand-in/describe-incident.ts'
import {
  createPagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../examples/pagerduty-stand-in/stand-in.ts'
import type {
  PagerDutyStandIn,
  StandInOptions,
} from '../../examples/pagerduty-stand-in/stand-in.ts'

const KEY = STAND_IN_ROUTING_KEY
const OTHER_KEY = 'other0pagerduty0routing0key00000'

let standIn: PagerDutyStandIn

afterEach(() => standIn.close())

async function started(options: StandInOptions = {}): Promise<void> {
  standIn = createPagerDutyStandIn(options)
  await standIn.start()
}

const PAYLOAD = {
  summary: 'it hurts',
  source: 'llm-proxy',
  severity: 'critical',
  custom_details: { count: 3 },
}

function trigger(summary = PAYLOAD.summary, dedupKey = 'a') {
  return {
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: dedupKey,
    payload: { ...PAYLOAD, summary },
  }
}

function resolve(dedupKey = 'a', routingKey = KEY): Record<string, unknown> {
  return { routing_key: routingKey, event_action: 'resolve', dedup_key: dedupKey }
}

async function send(body: unknown, path = '/v2/enqueue', headers: Record<string, string> = {}) {
  const response = await fetch(`${standIn.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text }
}

async function errorsOf(body: unknown): Promise<readonly string[]> {
  const { status, text } = await send(body)
  expect(status).toBe(400)
  const answer: { errors: string[] } = JSON.parse(text)
  expect(answer).toMatchObject({ status: 'invalid event', message: 'Event object is invalid' })
  return answer.errors
}

describe('createPagerDutyStandIn: life cycle', () => {
  it('opens an incident, adds to it, closes it, and opens a new one for the same key', async () => {
    const told: string[] = []
    await started({ onIncident: ({ number }, effect) => told.push(`${effect} ${number}`) })
    expect(JSON.parse((await send(trigger('first'))).text)).toEqual({
      status: 'success',
      message: 'Event processed',
      dedup_key: 'a',
    })
    const milder = { ...PAYLOAD, summary: 'second', severity: 'info' }
    await send({ ...trigger(), payload: milder })
    expect(standIn.incidents()).toMatchObject([
      { number: 1, status: 'triggered', title: 'second', severity: 'critical' },
    ])
    await send(resolve())
    await send(trigger('third'))
    expect(standIn.incidents().map(({ status, title }) => [status, title])).toEqual([
      ['resolved', 'second'],
      ['triggered', 'third'],
    ])
    expect(told).toEqual(['opened 1', 'updated 1', 'resolved 1', 'opened 2'])
  })

  it('knows acknowledged incidents, which a trigger does not open again', async () => {
    await started()
    await send(trigger())
    await send({ ...resolve(), event_action: 'acknowledge' })
    await send(trigger())
    expect(standIn.incidents()).toMatchObject([{ status: 'acknowledged' }])
    expect(standIn.incidents()[0]?.log.map(({ action }) => action)).toEqual([
      'trigger',
      'acknowledge',
      'trigger',
    ])
  })

  it('accepts and drops a resolve of nothing, and one sent with another routing key', async () => {
    await started({ routingKeys: [KEY, OTHER_KEY] })
    expect((await send(resolve())).status).toBe(202)
    await send(trigger())
    expect((await send(resolve('a', OTHER_KEY))).status).toBe(202)
    expect(standIn.incidents()).toMatchObject([{ status: 'triggered' }])
    expect(standIn.events().map(({ effect }) => effect)).toEqual(['dropped', 'opened', 'dropped'])
  })

  it('treats dedup keys as case-sensitive and makes one where there is none', async () => {
    await started()
    await send(trigger('x', 'Key'))
    await send(trigger('x', 'key'))
    const { dedup_key: _none, ...without } = trigger()
    const made: unknown = JSON.parse((await send(without)).text)
    expect(standIn.incidents()).toHaveLength(3)
    expect(made).toMatchObject({ dedup_key: standIn.incidents()[2]?.dedupKey })
  })

  it('takes change events and pages nobody', async () => {
    await started()
    const change = { routing_key: KEY, payload: { summary: 'deployed', source: 'ci' } }
    expect((await send(change, '/v2/change/enqueue')).status).toBe(202)
    const bare = { routing_key: KEY, payload: {} }
    expect((await send(bare, '/v2/change/enqueue')).status).toBe(400)
    expect(standIn.incidents()).toEqual([])
    expect(standIn.events().map(({ effect }) => effect)).toEqual(['change', 'refused'])
  })
})

describe('createPagerDutyStandIn: what it refuses', () => {
  it.each<[string, unknown, string]>([
    ['no object', [], 'Event must be a JSON object'],
    ['no JSON', '{"routing_key":', 'JSON parse error'],
    ['no routing key', { ...trigger(), routing_key: '' }, "'routing_key' is missing or blank"],
    [
      'a REST API key',
      { ...trigger(), routing_key: 'u+abcdefghijklmnopqr' },
      "Length of 'routing_key' is incorrect (should be 32 characters)",
    ],
    ['an unknown key', { ...trigger(), routing_key: OTHER_KEY }, 'Invalid routing key'],
    ['no action', { ...trigger(), event_action: null }, "'event_action' is missing or blank"],
    [
      'an unknown action',
      { ...trigger(), event_action: 'Trigger' },
      "'event_action' is invalid (must be one of: trigger, acknowledge, resolve)",
    ],
    [
      'a long dedup key',
      trigger('x', 'k'.repeat(256)),
      "'dedup_key' is too long (maximum is 255 characters)",
    ],
    [
      'a resolve without dedup key',
      { ...resolve(), dedup_key: undefined },
      "'dedup_key' is missing or blank",
    ],
    ['no payload', { ...trigger(), payload: undefined }, "'payload' is missing or blank"],
    ['a payload that is no object', { ...trigger(), payload: 'x' }, "'payload' must be an object"],
    ['no summary', trigger(''), "'payload.summary' is missing or blank"],
    [
      'a long summary',
      trigger('é'.repeat(1025)),
      "'payload.summary' is too long (maximum is 1024 characters)",
    ],
    [
      'no source',
      { ...trigger(), payload: { ...PAYLOAD, source: ' ' } },
      "'payload.source' is missing or blank",
    ],
    [
      'a severity in upper case',
      { ...trigger(), payload: { ...PAYLOAD, severity: 'CRITICAL' } },
      "'payload.severity' is invalid (must be one of: critical, error, warning, info)",
    ],
    [
      'a resolve with an invalid payload',
      { ...resolve(), payload: { ...PAYLOAD, severity: '' } },
      "'payload.severity' is missing or blank",
    ],
    [
      'a time in words',
      { ...trigger(), payload: { ...PAYLOAD, timestamp: 'yesterday' } },
      "'payload.timestamp' is not a valid ISO 8601 timestamp",
    ],
    [
      'a time in numbers',
      { ...trigger(), payload: { ...PAYLOAD, timestamp: 1_764_000_000 } },
      "'payload.timestamp' is not a valid ISO 8601 timestamp",
    ],
    [
      'details that are a list',
      { ...trigger(), payload: { ...PAYLOAD, custom_details: [] } },
      "'payload.custom_details' must be an object",
    ],
    [
      'a component that is no text',
      { ...trigger(), payload: { ...PAYLOAD, component: 1 } },
      "'payload.component' must be a string",
    ],
    ['links that are no list', { ...trigger(), links: {} }, "'links' must be an array"],
    [
      'a link without address',
      { ...trigger(), links: [{ text: 'x' }] },
      "'links[0].href' is missing or blank",
    ],
    [
      'an image over http',
      { ...trigger(), images: [{ src: 'http://x/y.png' }] },
      "'images[0].src' must be an https address",
    ],
  ])('%s', async (_name, body, error) => {
    await started()
    expect(await errorsOf(body)).toContain(error)
    expect(standIn.incidents()).toEqual([])
  })

  it('names all faults at once', async () => {
    await started()
    expect(await errorsOf({ event_action: 'trigger', payload: {} })).toHaveLength(4)
  })

  it('ignores unknown fields', async () => {
    await started()
    expect((await send({ ...trigger(), flavour: 'sweet' })).status).toBe(202)
  })

  it('answers 413 to more than 512 KB, 404 and 405 elsewhere, 400 to another content type', async () => {
    await started()
    expect((await send(trigger('x'.repeat(512 * 1024)))).status).toBe(413)
    expect((await send(trigger(), '/v1/enqueue')).status).toBe(404)
    expect((await fetch(`${standIn.url}/v2/enqueue`)).status).toBe(405)
    expect((await send(trigger(), undefined, { 'content-type': 'text/plain' })).status).toBe(400)
    expect(standIn.incidents()).toEqual([])
  })

  it('learns and forgets routing keys while it runs', async () => {
    await started({ routingKeys: [] })
    expect((await send(trigger())).status).toBe(400)
    standIn.addRoutingKey(KEY)
    expect((await send(trigger())).status).toBe(202)
    standIn.removeRoutingKey(KEY)
    expect((await send(trigger())).status).toBe(400)
  })
})

describe('createPagerDutyStandIn: rate limit', () => {
  it('takes so many events per key in any trailing 60 s; refused ones do not count', async () => {
    let now = 1_000_000
    await started({
      routingKeys: [KEY, OTHER_KEY],
      rateLimit: { perMinute: 2, retryAfterSeconds: 7 },
      now: () => now,
    })
    await send(trigger())
    now += 30_000
    await send(trigger())
    const limited = await send(trigger())
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
    expect((await send({ ...trigger(), routing_key: OTHER_KEY })).status).toBe(202)
    now += 30_000
    expect((await send(trigger())).status).toBe(202)
    expect((await send(trigger())).status).toBe(429)
  })

  it('says no Retry-After unless told to', async () => {
    await started({ rateLimit: { perMinute: 0 } })
    const limited = await send(trigger())
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, null])
    const change = { routing_key: KEY, payload: { summary: 'deployed' } }
    expect((await send(change, '/v2/change/enqueue')).status).toBe(429)
  })
})

describe('createPagerDutyStandIn: faults', () => {
  it('strike in the order in which they were planned, so often as planned', async () => {
    await started()
    standIn.fault({ kind: 'status', status: 503, headers: { 'retry-after': '1' }, body: 'no' })
    standIn.fault({ kind: 'html' }, { times: 2 })
    const answers = [await send(trigger()), await send(trigger()), await send(trigger())]
    expect(answers.map(({ status }) => status)).toEqual([503, 502, 502])
    expect(answers[0]?.text).toBe('no')
    expect(answers[1]?.headers.get('content-type')).toBe('text/html')
    expect(standIn.incidents()).toEqual([])
    expect((await send(trigger())).status).toBe(202)
  })

  it('may take the event and answer a page of HTML', async () => {
    await started()
    standIn.fault({ kind: 'html', status: 202 })
    expect((await send(trigger())).text).toContain('<html>')
    expect(standIn.incidents()).toHaveLength(1)
  })

  it.each(['reset', 'accept_then_reset'] as const)('%s breaks the connection', async (kind) => {
    await started()
    standIn.fault({ kind })
    await expect(send(trigger())).rejects.toThrow()
    expect(standIn.incidents()).toHaveLength(kind === 'reset' ? 0 : 1)
  })

  it.each(['hang', 'accept_then_hang'] as const)('%s never answers', async (kind) => {
    await started()
    standIn.fault({ kind })
    const patience = new AbortController()
    const answer = fetch(`${standIn.url}/v2/enqueue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(trigger()),
      signal: patience.signal,
    })
    await standIn.waitFor(() => standIn.events().length === 1)
    patience.abort()
    await expect(answer).rejects.toThrow('abort')
    expect(standIn.incidents()).toHaveLength(kind === 'hang' ? 0 : 1)
    expect(standIn.events()).toMatchObject([{ status: undefined }])
  })

  it('accepts a resolve during maintenance and does not apply it', async () => {
    await started()
    standIn.fault({ kind: 'maintenance' }, { only: 'resolve', times: Infinity })
    await send(trigger())
    expect(await send(resolve())).toMatchObject({ status: 202 })
    expect(standIn.incidents()).toMatchObject([{ status: 'triggered' }])
    standIn.clearFaults()
    await send(resolve())
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved' }])
  })
})

describe('createPagerDutyStandIn: waitFor', () => {
  it('ends with the state it waited for, or says what was seen', async () => {
    await started()
    const waiting = standIn.waitFor(() => standIn.incidents().length === 1)
    await send(trigger())
    await waiting
    await expect(standIn.waitFor(() => false, 1)).rejects.toThrow('/v2/enqueue 202 opened')
  })

  it('ends when the stand-in closes, and when the predicate fails', async () => {
    await started()
    const failing = standIn.waitFor(() => {
      if (standIn.events().length > 0) throw new Error('ouch')
      return false
    })
    await Promise.all([expect(failing).rejects.toThrow('predicate failed'), send(trigger())])
    const waiting = standIn.waitFor(() => false)
    await Promise.all([expect(waiting).rejects.toThrow('closed'), standIn.close()])
  })
})

describe('describeIncident', () => {
  it('shows what the page of an incident shows', async () => {
    let now = Date.UTC(2026, 10, 25, 10)
    await started({ now: () => now })
    await send({
      ...trigger('openai/gpt-4o: 62 failed LLM requests'),
      client: 'spanpager',
      client_url: 'https://spanpager.example',
      links: [{ href: 'https://traces.example/1', text: 'Trace 1' }, { href: 'https://run.book' }],
      payload: {
        summary: 'openai/gpt-4o: 62 failed LLM requests',
        source: 'llm-proxy',
        severity: 'critical',
        component: 'gpt-4o',
        class: 'failures',
        custom_details: { count: 62, models: { 'gpt-4o': 40, 'gpt-4': 22 }, ids: ['1', '2'] },
      },
    })
    now += 12_345
    await send(resolve())
    expect(describeIncident(standIn.incidents()[0]!)).toBe(
      [
        'Incident #1  RESOLVED  critical',
        '  openai/gpt-4o: 62 failed LLM requests',
        '  service    llm-proxy (gpt-4o)',
        '  class      failures',
        '  dedup key  a',
        '  opened     2026-11-25T10:00:00.000Z',
        '  resolved   2026-11-25T10:00:12.345Z, after 12.3 s',
        '  log        trigger, resolve',
        '  client     spanpager https://spanpager.example',
        '  details',
        '    count: 62',
        '    models: gpt-4o = 40, gpt-4 = 22',
        '    ids: 1, 2',
        '  links',
        '    Trace 1: https://traces.example/1',
        '    https://run.book',
      ].join('\n'),
    )
  })
})
