import { describe, expect, it } from 'vitest'
import type { PendingEvent } from '../../src/model/delivery.ts'
import type { ServiceEvents } from '../../src/model/telemetry.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'
import { alertStatus } from './readings.ts'

/** What is logged of a stop. */
function linesOf(tell: (service: ServiceEvents) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  const { service } = createTelemetry({
    level: 'info',
    encoding: 'json',
    write: (line) => lines.push(JSON.parse(line)),
    now: () => 0,
    metrics: [],
  })
  tell(service)
  return lines
}

const KEY = 'spanpager/failures/litellm-proxy'

function pending(overrides: Partial<PendingEvent> = {}): PendingEvent {
  return {
    exporter: 'pagerduty',
    dedupKey: KEY,
    kind: 'firing',
    sinceMs: 0,
    attempts: 0,
    lastReason: undefined,
    misconfigured: false,
    ...overrides,
  }
}

describe('events that are lost at a stop', () => {
  it('are an error each, with what to do', () => {
    const resolve = pending({ kind: 'resolved', attempts: 3, lastReason: 'HTTP 503' })
    expect(linesOf((service) => service.undelivered([pending(), resolve]))).toMatchObject([
      {
        level: 'error',
        msg: expect.stringMatching(/page is lost.*look at this alert now/),
        exporter: 'pagerduty',
        event: 'trigger',
        dedup_key: KEY,
        attempts: 0,
      },
      {
        level: 'error',
        msg: expect.stringMatching(/resolve is lost.*resolve the incident by hand/),
        event: 'resolve',
        dedup_key: KEY,
        attempts: 3,
        reason: 'HTTP 503',
      },
    ])
  })

  it('are counted beyond twenty', () => {
    const events = Array.from({ length: 27 }, (_, at) =>
      pending({ kind: at < 25 ? 'firing' : 'resolved' }),
    )
    const lines = linesOf((service) => service.undelivered(events))
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      msg: expect.stringMatching(/^more events are lost/),
      pages: 5,
      resolves: 2,
    })
    expect(linesOf((service) => service.undelivered(events.slice(0, 20)))).toHaveLength(20)
  })
})

describe('alerts that are open at a stop', () => {
  const open = (dedupKey: string, inRollUp = false) =>
    alertStatus({ state: 'firing', dedupKey, inRollUp })

  it('are a warning each, with what to do; others are none', () => {
    const lines = linesOf((service) => service.leftOpen([alertStatus(), open(KEY)]))
    expect(lines).toMatchObject([
      {
        level: 'warn',
        msg: expect.stringMatching(/resolve its incident.*by hand, unless .*after the restart$/),
        rule: 'failures',
        state: 'firing',
        group: { 'service.name': 'litellm-proxy' },
        dedup_key: KEY,
      },
    ])
    expect(lines[0]).not.toHaveProperty('roll_up')
  })

  it('are told once where they share an incident', () => {
    const lines = linesOf((service) => service.leftOpen([open('all', true), open('all', true)]))
    expect(lines).toMatchObject([{ roll_up: true, dedup_key: 'all' }])
    expect(lines[0]).not.toHaveProperty('group')
  })

  it('are counted beyond twenty', () => {
    const alerts = Array.from({ length: 23 }, (_, at) => open(`key${at}`))
    const lines = linesOf((service) => service.leftOpen(alerts))
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toMatchObject({ level: 'warn', alerts: 3 })
  })
})
