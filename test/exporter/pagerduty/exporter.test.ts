import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../examples/pagerduty-stand-in/faults.ts'
import {
  createPagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../../examples/pagerduty-stand-in/stand-in.ts'
import type { PagerDutyStandIn } from '../../../examples/pagerduty-stand-in/stand-in.ts'
import { createPagerDutyExporter } from '../../../src/exporter/pagerduty/exporter.ts'
import type { PagerDutyOptions } from '../../../src/exporter/pagerduty/options.ts'
import type { AlertExporter, AttemptResult } from '../../../src/model/component.ts'
import { eventOf, failing, resolved } from '../alerts.ts'

const SUMMARY =
  'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded'

let standIn: PagerDutyStandIn
let exporter: AlertExporter

beforeEach(async () => {
  standIn = createPagerDutyStandIn()
  await standIn.start()
  await use({})
})

afterEach(async () => {
  await exporter.shutdown(new AbortController().signal)
  await standIn.close()
})

async function use(options: Partial<PagerDutyOptions>): Promise<void> {
  exporter = createPagerDutyExporter({
    options: {
      routingKey: STAND_IN_ROUTING_KEY,
      endpoint: standIn.url,
      timeoutMs: 10_000,
      links: [],
      ...options,
    },
    now: () => Date.UTC(2026, 10, 25, 10),
  })
  await exporter.start()
}

function attempt(event = eventOf(failing()), signal = new AbortController().signal) {
  return exporter.attempt(event, signal)
}

function effects(): readonly string[] {
  return standIn.events().map(({ effect }) => effect)
}

describe('createPagerDutyExporter: delivery', () => {
  it('opens and closes an incident', async () => {
    expect(await attempt()).toEqual({ kind: 'delivered' })
    expect(standIn.incidents()).toMatchObject([
      {
        status: 'triggered',
        title: SUMMARY,
        severity: 'critical',
        source: 'llm-proxy',
        component: 'gpt-4o',
        group: 'openai/gpt-4o',
        class: 'failures',
        details: { count: 62, threshold: 60 },
      },
    ])
    expect(await attempt(eventOf(resolved()))).toEqual({ kind: 'delivered' })
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved' }])
  })

  it('sends client and links', async () => {
    await exporter.shutdown(new AbortController().signal)
    await use({
      endpoint: `${standIn.url}//`,
      clientUrl: 'https://spanpager.example/alerts',
      links: [{ href: 'https://traces.example/{trace_id}', text: 'Trace' }],
    })
    await attempt()
    expect(standIn.incidents()).toMatchObject([
      {
        client: 'spanpager',
        clientUrl: 'https://spanpager.example/alerts',
        links: [{ text: 'Trace' }, { text: 'Trace' }],
      },
    ])
  })

  it('delivers a page with 600 KB of details', async () => {
    const models = Array.from({ length: 20 }, (_, index) => ({
      value: `${index}-`.padEnd(30_000, 'm'),
      count: 1,
    }))
    expect(await attempt(eventOf(failing({ models, teams: models })))).toEqual({
      kind: 'delivered',
    })
    expect(standIn.incidents()).toMatchObject([
      { details: { shortened: expect.arrayContaining(['values cut to 256 characters']) } },
    ])
  })
})

describe('createPagerDutyExporter: answers', () => {
  const status = (code: number, body?: unknown, headers?: Record<string, string>): Fault => ({
    kind: 'status',
    status: code,
    ...(body !== undefined && { body }),
    ...(headers !== undefined && { headers }),
  })
  const retry = { kind: 'retry', wholeDestination: false }

  it.each<[string, Fault, object, string]>([
    ['202 with HTML', { kind: 'html', status: 202 }, { kind: 'delivered' }, 'opened'],
    ['200 with text', status(200, 'ok'), { kind: 'delivered' }, 'fault'],
    ['204 without body', status(204), { kind: 'delivered' }, 'fault'],
    [
      '301',
      status(301, '', { location: 'https://elsewhere.example' }),
      { kind: 'misconfigured' },
      'fault',
    ],
    ['401', status(401), { kind: 'misconfigured' }, 'fault'],
    ['403', status(403, '<html>'), { kind: 'misconfigured' }, 'fault'],
    ['404', status(404), { kind: 'misconfigured' }, 'fault'],
    ['407', status(407), { kind: 'misconfigured' }, 'fault'],
    ['408', status(408), retry, 'fault'],
    ['429', status(429), { kind: 'retry', reason: 'HTTP 429', wholeDestination: true }, 'fault'],
    [
      '429 with seconds',
      status(429, '', { 'retry-after': '42' }),
      { kind: 'retry', wholeDestination: true, afterMs: 42_000 },
      'fault',
    ],
    [
      '429 with a date',
      status(429, '', { 'retry-after': 'Wed, 25 Nov 2026 10:00:30 GMT' }),
      { kind: 'retry', wholeDestination: true, afterMs: 30_000 },
      'fault',
    ],
    ['500', status(500), retry, 'fault'],
    ['502 with HTML', { kind: 'html' }, { ...retry, reason: 'HTTP 502' }, 'fault'],
    ['503 with 1 MB', status(503, 'x'.repeat(1_000_000)), retry, 'fault'],
    ['a reset', { kind: 'reset' }, retry, 'fault'],
    ['a reset after it was taken', { kind: 'accept_then_reset' }, retry, 'opened'],
  ])('%s', async (_name, fault, result, effect) => {
    standIn.fault(fault)
    expect(await attempt()).toMatchObject(result)
    expect(effects()).toEqual([effect])
  })

  it('a trigger that was taken without an answer is harmless when it is sent again', async () => {
    standIn.fault({ kind: 'accept_then_reset' })
    expect(await attempt()).toMatchObject({ kind: 'retry' })
    expect(await attempt()).toEqual({ kind: 'delivered' })
    expect(standIn.incidents()).toHaveLength(1)
  })

  it('an unknown key is a misconfiguration, sent once, until the key is right', async () => {
    standIn.removeRoutingKey(STAND_IN_ROUTING_KEY)
    expect(await attempt()).toMatchObject({
      kind: 'misconfigured',
      reason: expect.stringContaining('Invalid routing key'),
    })
    expect(effects()).toEqual(['refused'])
    standIn.addRoutingKey(STAND_IN_ROUTING_KEY)
    expect(await attempt()).toEqual({ kind: 'delivered' })
  })

  it.each([400, 413])('after a %d one minimal event goes out in the same attempt', async (code) => {
    standIn.fault(status(code, { errors: ["'payload.links' is odd"] }))
    expect(await attempt()).toEqual({ kind: 'delivered' })
    expect(effects()).toEqual(['fault', 'opened'])
    expect(standIn.incidents()).toMatchObject([
      { title: SUMMARY, details: { shortened: ['all details left out'] } },
    ])
  })

  it('a refused resolve is followed by a bare one', async () => {
    await attempt()
    standIn.fault(status(400))
    expect(await attempt(eventOf(resolved()))).toEqual({ kind: 'delivered' })
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved' }])
    expect(standIn.events()[2]?.body).not.toHaveProperty('payload')
  })

  it('an event whose minimal form is refused too is rejected', async () => {
    standIn.fault(status(400, { errors: ['odd'] }), { times: 2 })
    expect(await attempt()).toEqual({ kind: 'rejected', reason: 'HTTP 400: odd' })
    expect(effects()).toEqual(['fault', 'fault'])
  })

  it('the same bytes are not sent again when the minimal event meets an outage', async () => {
    standIn.fault(status(400))
    standIn.fault(status(503))
    expect(await attempt()).toMatchObject({ kind: 'retry' })
    expect(await attempt()).toEqual({ kind: 'delivered' })
    const sizes = standIn.events().map(({ body }) => JSON.stringify(body).length)
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0)
    expect(sizes[2]).toBe(sizes[1])
    const another = { ...eventOf(failing()), id: { position: 8, index: 0 } }
    await attempt(another)
    expect(standIn.events()[3]?.body).toHaveProperty('payload.component')
  })

  it('a server that is not there is tried again, and no reason holds the key', async () => {
    await standIn.close()
    const result = await attempt()
    expect(result).toMatchObject({ ...retry, reason: expect.stringContaining('ECONNREFUSED') })
    expect(JSON.stringify(result)).not.toContain(STAND_IN_ROUTING_KEY)
  })

  it('a server that quotes the key does not get it into a reason', async () => {
    const quote = { errors: [`'routing_key' ${STAND_IN_ROUTING_KEY} is unknown`] }
    const results: AttemptResult[] = []
    for (const code of [400, 401, 413, 429, 500]) {
      standIn.fault(status(code, quote), { times: 2 })
      results.push(await attempt())
      standIn.clearFaults()
    }
    expect(JSON.stringify(results)).not.toContain(STAND_IN_ROUTING_KEY)
    expect(JSON.stringify(results)).toContain('(routing key)')
  })
})

describe('createPagerDutyExporter: time and life', () => {
  it.each(['hang', 'accept_then_hang'] as const)('gives up on a %s', async (kind) => {
    await exporter.shutdown(new AbortController().signal)
    await use({ timeoutMs: 50 })
    standIn.fault({ kind })
    expect(await attempt()).toEqual({
      kind: 'retry',
      reason: 'no answer in time',
      wholeDestination: false,
    })
  })

  it('ends an attempt early with the signal', async () => {
    standIn.fault({ kind: 'hang' })
    const controller = new AbortController()
    const result = attempt(eventOf(failing()), controller.signal)
    await standIn.waitFor(() => standIn.events().length === 1)
    controller.abort()
    expect(await result).toEqual({ kind: 'retry', reason: 'aborted', wholeDestination: false })
    expect(await attempt(eventOf(failing()), AbortSignal.abort())).toMatchObject({ kind: 'retry' })
    expect(standIn.events()).toHaveLength(1)
  })

  it('shares few connections among a burst of pages and closes them at shutdown', async () => {
    const burst = Array.from({ length: 40 }, () => attempt())
    expect(await Promise.all(burst)).toEqual(burst.map(() => ({ kind: 'delivered' })))
    expect(standIn.connections()).toBeLessThanOrEqual(8)
    await exporter.shutdown(new AbortController().signal)
    await standIn.waitFor(() => standIn.connections() === 0)
  })

  it('waits at shutdown for the attempt in flight', async () => {
    const result = attempt()
    await exporter.shutdown(new AbortController().signal)
    expect(await result).toEqual({ kind: 'delivered' })
  })

  it('waits at shutdown no longer than the signal lets it', async () => {
    standIn.fault({ kind: 'hang' })
    const result = attempt()
    await standIn.waitFor(() => standIn.events().length === 1)
    const deadline = new AbortController()
    const down = exporter.shutdown(deadline.signal)
    deadline.abort()
    await down
    expect(await result).toMatchObject({ kind: 'retry' })
    await standIn.waitFor(() => standIn.connections() === 0)
  })

  it('may be started twice, shut down before start, twice, and with no time left', async () => {
    const fresh = createPagerDutyExporter({
      options: { routingKey: 'x', endpoint: standIn.url, timeoutMs: 1000, links: [] },
    })
    await fresh.shutdown(AbortSignal.abort())
    expect(await fresh.attempt(eventOf(failing()), new AbortController().signal)).toMatchObject({
      kind: 'retry',
      reason: 'the exporter is not running',
    })
    await fresh.start()
    await fresh.start()
    await fresh.shutdown(AbortSignal.abort())
    await fresh.shutdown(AbortSignal.abort())
    expect(standIn.events()).toEqual([])
  })
})
