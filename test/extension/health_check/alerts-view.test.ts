import { describe, expect, it } from 'vitest'
import { createAlertsView } from '../../../src/extension/health_check/alerts-view.ts'
import type { AlertStatus } from '../../../src/model/alert.ts'
import type { PendingEvent } from '../../../src/model/delivery.ts'
import { alertStatus, engineView } from '../../telemetry/readings.ts'

const NOON_MS = Date.UTC(2026, 10, 25, 12)

function alerts(...status: AlertStatus[]) {
  return createAlertsView([engineView({ status: () => status })], [], NOON_MS).alerts
}

describe('createAlertsView', () => {
  it('names time, processors and rules, also when nothing has happened', () => {
    const other = engineView({ processor: 'llm_alerting/eu', name: 'eu', rules: ['slow'] })
    expect(createAlertsView([engineView(), other], [], NOON_MS)).toEqual({
      time: '2026-11-25T12:00:00.000Z',
      processors: [
        { processor: 'llm_alerting', name: 'spanpager', rules: ['failures', 'hangs'] },
        { processor: 'llm_alerting/eu', name: 'eu', rules: ['slow'] },
      ],
      alerts: [],
      pending: [],
    })
  })

  it('shows an alert with its count against the threshold', () => {
    const group = [
      { key: 'service.name', value: 'litellm-proxy' },
      { key: 'gen_ai.request.model', value: 'gpt-4o' },
    ]
    expect(alerts(alertStatus({ state: 'firing', group, count: 62, dedupKey: 'a/b/c' }))).toEqual([
      {
        processor: 'llm_alerting',
        rule: 'failures',
        kind: 'failures',
        group: { 'service.name': 'litellm-proxy', 'gen_ai.request.model': 'gpt-4o' },
        state: 'firing',
        since: '2026-11-25T11:00:00.000Z',
        count: 62,
        threshold: 60,
        window_seconds: 60,
        dedup_key: 'a/b/c',
        in_roll_up: false,
      },
    ])
  })

  it('shows a rule with a ratio only, in a roll-up', () => {
    const { threshold: _, ...status } = alertStatus({
      ratio: 0.4,
      ratioThreshold: 0.25,
      windowMs: 500,
      inRollUp: true,
    })
    const [alert] = alerts(status)
    expect(alert).toMatchObject({
      ratio: 0.4,
      ratio_threshold: 0.25,
      window_seconds: 0.5,
      in_roll_up: true,
    })
    expect(alert).not.toHaveProperty('threshold')
  })

  it('puts what is urgent first and keeps the order within a state', () => {
    const states = ['inactive', 'firing', 'pending', 'recovering', 'firing'] as const
    const status = states.map((state, count) => alertStatus({ state, count }))
    expect(alerts(...status).map(({ state, count }) => [state, count])).toEqual([
      ['firing', 1],
      ['firing', 4],
      ['recovering', 3],
      ['pending', 2],
      ['inactive', 0],
    ])
  })

  it('shows pending events, oldest first', () => {
    const first: PendingEvent = {
      exporter: 'pagerduty',
      dedupKey: 'a',
      kind: 'firing',
      sinceMs: NOON_MS - 2000,
      attempts: 3,
      lastReason: 'HTTP 503',
      misconfigured: true,
    }
    const second: PendingEvent = {
      ...first,
      kind: 'resolved',
      sinceMs: NOON_MS - 1000,
      attempts: 0,
      lastReason: undefined,
      misconfigured: false,
    }
    expect(createAlertsView([], [second, first], NOON_MS).pending).toEqual([
      {
        exporter: 'pagerduty',
        event: 'trigger',
        dedup_key: 'a',
        since: '2026-11-25T11:59:58.000Z',
        attempts: 3,
        last_reason: 'HTTP 503',
        misconfigured: true,
      },
      {
        exporter: 'pagerduty',
        event: 'resolve',
        dedup_key: 'a',
        since: '2026-11-25T11:59:59.000Z',
        attempts: 0,
        misconfigured: false,
      },
    ])
  })
})
