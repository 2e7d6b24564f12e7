import { describe, expect, it } from 'vitest'
import { checkEvent } from '../../../examples/pagerduty-stand-in/event-check.ts'
import { pagerDutyEvent } from '../../../src/exporter/pagerduty/event.ts'
import { encodeEvent } from '../../../src/exporter/pagerduty/shrink.ts'
import type { Severity } from '../../../src/model/alert.ts'
import { NO_SAMPLES } from '../../helpers/no-samples.ts'
import {
  EPISODE,
  eventOf,
  failing,
  FAILURE_FACTS,
  FIRED_AT_MS,
  hanging,
  resolved,
} from '../alerts.ts'

const OPTIONS = { routingKey: 'R0uting0Key0of0thirty0two0signs0', links: [] }

function sent(event: object): Record<string, unknown> {
  const body: Record<string, unknown> = JSON.parse(JSON.stringify(event))
  expect(checkEvent(body, () => true)).toMatchObject({ kind: 'valid' })
  return body
}

describe('pagerDutyEvent: trigger', () => {
  it('of failures', () => {
    expect(sent(pagerDutyEvent(eventOf(failing()), OPTIONS))).toEqual({
      routing_key: OPTIONS.routingKey,
      event_action: 'trigger',
      dedup_key: 'spanpager/failures/openai/gpt-4o',
      client: 'spanpager',
      payload: {
        summary:
          'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded',
        source: 'llm-proxy',
        severity: 'critical',
        timestamp: '2026-11-25T10:00:05.000Z',
        component: 'gpt-4o',
        group: 'openai/gpt-4o',
        class: 'failures',
        custom_details: {
          deployment: 'spanpager',
          rule: 'failures',
          group_values: { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' },
          count: 62,
          threshold: 60,
          window: '60 s',
          requests: 200,
          failure_ratio: '31.3 %',
          error_types: { overloaded: 50, timeout: 12 },
          http_statuses: { 504: 12, 529: 50 },
          models: { 'gpt-4o': 62 },
          providers: { openai: 62 },
          teams: { search: 40, chat: 22 },
          key_aliases: { 'search-prod': 40 },
          services: { 'llm-proxy': 62 },
          sample_trace_ids: FAILURE_FACTS.sampleTraceIds,
          first_seen: '2026-11-25T09:59:07.000Z',
          detection_lag: '250 ms',
          completeness: 'complete',
        },
      },
    })
  })

  it('of hangs names threshold, longest wait, what is open, kinds and evidence', () => {
    const event = pagerDutyEvent(
      eventOf(
        hanging({
          open: 3,
          hangKinds: [
            { value: 'no_first_token', count: 2 },
            { value: 'stalled', count: 1 },
          ],
          evidence: [
            { value: 'ended', count: 11 },
            { value: 'lost', count: 3 },
          ],
        }),
      ),
      OPTIONS,
    )
    expect(sent(event)).toMatchObject({
      payload: {
        class: 'hangs',
        custom_details: {
          waiting_threshold: '60 s',
          longest_wait: '312 s',
          open: 3,
          hang_kinds: { no_first_token: 2, stalled: 1 },
          hang_evidence: { ended: 11, lost: 3 },
          threshold: 10,
          window: '600 s',
        },
      },
    })
  })

  it('of a ratio rule, of a full window, of late data', () => {
    const { threshold: _none, ...facts } = FAILURE_FACTS
    const change = failing()
    const event = pagerDutyEvent(
      eventOf({ ...change, facts: { ...facts, ratioThreshold: 0.25, atLeast: true, late: 4 } }),
      OPTIONS,
    )
    const details = event.payload?.custom_details
    expect(details).not.toHaveProperty('open')
    expect(details).toMatchObject({
      failure_ratio_threshold: '25 %',
      completeness: 'the window is full, the true count may be higher; 4 came too late to count',
    })
    expect(details).not.toHaveProperty('threshold')
  })

  it('of a roll-up names the number of groups and the worst', () => {
    const rolledUp = { groups: 18, worst: [{ value: 'openai/gpt-4o', count: 40 }] }
    const event = sent(
      pagerDutyEvent(eventOf(failing({ rolledUp }, { rollUp: true, group: [] })), OPTIONS),
    )
    expect(event).toMatchObject({
      payload: { custom_details: { groups_in_roll_up: 18, worst_groups: { 'openai/gpt-4o': 40 } } },
    })
    expect(event).not.toHaveProperty('payload.group')
  })

  it('that comes too late is marked as cleared', () => {
    expect(sent(pagerDutyEvent(eventOf(failing(), true), OPTIONS))).toMatchObject({
      payload: {
        summary: expect.stringContaining('cleared'),
        custom_details: { late_page: expect.stringContaining('cleared') },
      },
    })
  })

  it('says how many more there are beyond 20 of a list', () => {
    const teams = Array.from({ length: 25 }, (_, index) => ({ value: `team ${index}`, count: 2 }))
    const details = pagerDutyEvent(eventOf(failing({ teams })), OPTIONS).payload?.custom_details
    expect(Object.keys(details?.['teams'] ?? {})).toHaveLength(21)
    expect(details).toMatchObject({ teams: { '(others)': 10 } })
  })

  it.each([
    ['the service of most requests', failing(), 'llm-proxy', 'gpt-4o'],
    [
      'else the service of the group, and the provider',
      failing(
        { services: [], models: [] },
        { group: [{ key: 'service.name', value: 'litellm-proxy' }] },
      ),
      'litellm-proxy',
      'openai',
    ],
    [
      'else unknown_service',
      failing({ services: [], models: [], providers: [] }),
      'unknown_service',
      undefined,
    ],
    [
      'also when the name is blank',
      failing({ services: [{ value: ' ', count: 1 }] }),
      'unknown_service',
      'gpt-4o',
    ],
  ])('has for source %s', (_name, change, source, component) => {
    const { payload } = pagerDutyEvent(eventOf(change), OPTIONS)
    expect([payload?.source, payload?.component]).toEqual([source, component])
  })
})

describe('pagerDutyEvent: resolve', () => {
  it('has a payload that is valid by itself', () => {
    expect(sent(pagerDutyEvent(eventOf(resolved()), OPTIONS))).toEqual({
      routing_key: OPTIONS.routingKey,
      event_action: 'resolve',
      dedup_key: 'spanpager/failures/openai/gpt-4o',
      payload: {
        summary:
          'openai/gpt-4o: recovered after 312 s, at most 80 failed LLM requests at once, 240 in all',
        source: 'spanpager',
        severity: 'critical',
        timestamp: '2026-11-25T10:05:17.000Z',
        group: 'openai/gpt-4o',
        class: 'failures',
        custom_details: {
          deployment: 'spanpager',
          rule: 'failures',
          group_values: { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o' },
          reason: 'recovered',
          duration: '312 s',
          peak: 80,
          total: 240,
          fired_at: '2026-11-25T10:00:05.000Z',
        },
      },
    })
  })

  it.each([
    ['the service of the group', [{ key: 'service.name', value: 'llm-proxy' }], false, 'llm-proxy'],
    ['else the deployment', [{ key: 'gen_ai.request.model', value: 'gpt-4o' }], false, 'eu-prod'],
    ['the deployment, for a roll-up', [], true, 'eu-prod'],
  ])('has for source %s', (_name, group, rollUp, source) => {
    const change = resolved({}, { name: 'eu-prod', group, rollUp })
    expect(pagerDutyEvent(eventOf(change), OPTIONS).payload?.source).toBe(source)
  })

  it('has the dedup key of its trigger, also when that is too long', () => {
    const episode = { dedupKey: '😀'.repeat(200) }
    const opened = sent(pagerDutyEvent(eventOf(failing({}, episode)), OPTIONS))
    const closed = sent(pagerDutyEvent(eventOf(resolved({}, episode)), OPTIONS))
    expect(opened['dedup_key']).toBe(closed['dedup_key'])
  })
})

describe('pagerDutyEvent: a page never fails on a field', () => {
  const unheardOf: Severity = JSON.parse('"CRIT"')

  it.each([
    ['an unknown severity', failing({}, { severity: unheardOf })],
    ['a time that no calendar holds', failing({ firstSeenMs: NaN }, { firedAtMs: 1e20 })],
    ['numbers that are none', failing({ count: NaN, windowMs: Infinity, ratio: NaN })],
    ['half an emoji', failing({ services: [{ value: '\ud83d', count: 1 }] })],
    ['control characters', failing({}, { group: [{ key: 'a\u0000', value: '\u0000\n' }] })],
    ['a name of the language', failing({ models: [{ value: '__proto__', count: 3 }] })],
    ['empty lists', failing({ ...NO_SAMPLES }, { group: [] })],
  ])('%s', (_name, change) => {
    const event = pagerDutyEvent(eventOf(change), OPTIONS)
    const body = encodeEvent(event)
    sent(event)
    expect(body.isWellFormed()).toBe(true)
    expect(body).not.toMatch(/\\ud83d|\\u0000/)
  })

  it('clamps an unknown severity to critical', () => {
    const event = pagerDutyEvent(eventOf(failing({}, { severity: unheardOf })), OPTIONS)
    expect(event.payload?.severity).toBe('critical')
  })

  it('keeps counts of values that look like names of the language', () => {
    const models = [{ value: '__proto__', count: 3 }]
    const body = encodeEvent(pagerDutyEvent(eventOf(failing({ models })), OPTIONS))
    expect(body).toContain('"models":{"__proto__":3}')
  })

  it('leaves out a client_url that is no web address', () => {
    const withUrl = (clientUrl: string) =>
      pagerDutyEvent(eventOf(failing()), { ...OPTIONS, clientUrl })
    expect(withUrl('https://spanpager.example/x')).toHaveProperty('client_url')
    expect(withUrl('spanpager')).not.toHaveProperty('client_url')
  })
})

describe('pagerDutyEvent: promise', () => {
  it('lets nothing but the allow-listed facts onto a page', () => {
    const secret = 'TELL-NOBODY'
    const noisy = <T extends object>(value: T): T => ({
      ...value,
      prompt: secret,
      'gen_ai.input.messages': [secret],
      exception: { message: secret, stacktrace: secret },
      user_email: secret,
    })
    const counted = [noisy({ value: 'x', count: 1 })]
    const lists = Object.fromEntries(Object.keys(NO_SAMPLES).map((name) => [name, counted]))
    const facts = noisy({
      ...FAILURE_FACTS,
      ...lists,
      sampleTraceIds: FAILURE_FACTS.sampleTraceIds,
      rolledUp: noisy({ groups: 1, worst: counted }),
    })
    const episode = noisy({ ...EPISODE, group: [noisy({ key: 'k', value: 'v' })] })
    const opened = pagerDutyEvent(noisy(eventOf(noisy(failing(facts, episode)))), OPTIONS)
    const closed = pagerDutyEvent(noisy(eventOf(noisy(resolved({}, episode)))), OPTIONS)
    expect(JSON.stringify([opened, closed])).not.toContain(secret)
  })

  it('masks e-mails, keys and key hashes within allowed values', () => {
    const hash = 'ab'.repeat(32)
    const change = failing(
      {
        keyAliases: [
          { value: 'jane@example.com', count: 2 },
          { value: 'john@example.com', count: 3 },
        ],
        teams: [{ value: 'sk-1234abcd', count: 1 }],
        services: [{ value: hash, count: 1 }],
      },
      { group: [{ key: 'user', value: 'jane@example.com' }] },
    )
    const event = pagerDutyEvent(eventOf(change), {
      ...OPTIONS,
      links: [{ href: 'https://x.example/{group}/{service}', text: '{group}' }],
    })
    expect(JSON.stringify(event)).not.toMatch(/example\.com|sk-1234|abab/)
    expect(event.payload?.custom_details).toMatchObject({ key_aliases: { '(e-mail)': 5 } })
  })

  it('has the time of detection for a timestamp', () => {
    expect(pagerDutyEvent(eventOf(failing()), OPTIONS).payload?.timestamp).toBe(
      new Date(FIRED_AT_MS).toISOString(),
    )
  })
})
