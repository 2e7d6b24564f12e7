import { describe, expect, it } from 'vitest'
import { checkEvent } from '../../../examples/pagerduty-stand-in/event-check.ts'
import { pagerDutyEvent } from '../../../src/exporter/pagerduty/event.ts'
import { encodeEvent, minimalEvent } from '../../../src/exporter/pagerduty/shrink.ts'
import { eventOf, failing, resolved } from '../alerts.ts'

const OPTIONS = {
  routingKey: 'R0uting0Key0of0thirty0two0signs0',
  links: [
    { href: 'https://traces.example/{trace_id}' },
    { href: 'https://runbook.example/{rule}' },
  ],
}

interface Sent {
  readonly links?: readonly object[]
  readonly payload: {
    readonly summary: string
    readonly source: string
    readonly custom_details: Record<string, unknown>
  }
}

function sent(body: string): Sent {
  const parsed: Sent = JSON.parse(body)
  expect(checkEvent(parsed, () => true)).toMatchObject({ kind: 'valid' })
  return parsed
}

describe('encodeEvent', () => {
  const event = pagerDutyEvent(eventOf(failing()), OPTIONS)
  const size = Buffer.byteLength(JSON.stringify(event))

  it('leaves an event alone that fits', () => {
    expect(encodeEvent(event, size)).toBe(JSON.stringify(event))
  })

  it('first leaves out samples and links', () => {
    const body = sent(encodeEvent(event, size - 1))
    expect(body.links).toBeUndefined()
    expect(body.payload.custom_details).not.toHaveProperty('sample_trace_ids')
    expect(body.payload.custom_details).toMatchObject({
      models: { 'gpt-4o': 62 },
      shortened: ['sample traces and links left out'],
    })
  })

  it('then cuts long values, 600 KB of them', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({
      value: `${index}`.padEnd(30_000, '😀'),
      count: 1,
    }))
    const group = [{ key: 'service.name', value: 'g'.repeat(60_000) }]
    const long = pagerDutyEvent(
      eventOf(failing({ models: many, services: many }, { group })),
      OPTIONS,
    )
    expect(Buffer.byteLength(JSON.stringify(long))).toBeGreaterThan(600_000)
    const body = encodeEvent(long)
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(512_000)
    expect(body.isWellFormed()).toBe(true)
    const { payload } = sent(body)
    expect(payload.custom_details['shortened']).toEqual([
      'sample traces and links left out',
      'values cut to 256 characters',
    ])
    expect(Object.keys(payload.custom_details['models'] ?? {})).toHaveLength(20)
    expect(payload.source.length).toBe(256)
  })

  it('then leaves out all but the core of the details', () => {
    const body = sent(encodeEvent(event, 900))
    expect(body.payload.custom_details).toEqual({
      deployment: 'spanpager',
      rule: 'failures',
      count: 62,
      threshold: 60,
      window: '60 s',
      requests: 200,
      failure_ratio: '31.3 %',
      shortened: [
        'sample traces and links left out',
        'values cut to 256 characters',
        'most details left out',
      ],
    })
  })

  it('at last sends the minimal event', () => {
    expect(encodeEvent(event, 1)).toBe(JSON.stringify(minimalEvent(event)))
    sent(encodeEvent(event, 1))
  })

  it('shortens a resolve too', () => {
    const group = [{ key: 'k', value: 'v'.repeat(60_000) }]
    const closed = pagerDutyEvent(eventOf(resolved({}, { group })), OPTIONS)
    expect(Buffer.byteLength(encodeEvent(closed, 5000))).toBeLessThanOrEqual(5000)
    expect(sent(encodeEvent(closed, 5000)).payload.custom_details).toMatchObject({
      duration: '312 s',
    })
    expect(encodeEvent(minimalEvent(closed), 1)).toBe(
      JSON.stringify({
        routing_key: OPTIONS.routingKey,
        event_action: 'resolve',
        dedup_key: closed.dedup_key,
      }),
    )
  })
})

describe('minimalEvent', () => {
  it('has what PagerDuty requires and says that the rest is left out', () => {
    expect(minimalEvent(pagerDutyEvent(eventOf(failing()), OPTIONS))).toEqual({
      routing_key: OPTIONS.routingKey,
      event_action: 'trigger',
      dedup_key: 'spanpager/failures/openai/gpt-4o',
      payload: {
        summary:
          'openai/gpt-4o: 62 failed LLM requests in 60 s (threshold 60), mostly 529 overloaded',
        source: 'llm-proxy',
        severity: 'critical',
        custom_details: { shortened: ['all details left out'] },
      },
    })
  })
})
