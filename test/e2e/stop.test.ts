import { afterEach, describe, expect, it } from 'vitest'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'

let running: RunningCollector

afterEach(() => running.stop())

/** Sends one failed request, which fires at a threshold of 1. */
async function fail(): Promise<void> {
  const attribute = (key: string, value: object) => ({ key, value })
  const endMs = Date.now()
  const span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: '00f067aa0ba902b7',
    kind: 2,
    startTimeUnixNano: `${endMs - 10}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: [
      attribute('http.route', { stringValue: '/v1/chat/completions' }),
      attribute('http.response.status_code', { intValue: 503 }),
    ],
  }
  const service = attribute('service.name', { stringValue: 'shop' })
  const response = await fetch(`${running.httpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
    }),
  })
  expect(response.status).toBe(200)
}

const lines = (level: string): string[] =>
  running.log.filter((line) => line.includes(`\t${level}\t`))

describe('a stop', () => {
  it('says of an open alert that nobody will resolve its incident', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    await fail()
    await running.pagerDuty.waitFor(() => running.pagerDuty.incidents().length === 1)
    await running.collector.shutdown()
    expect(lines('error')).toEqual([])
    expect(lines('warn')).toEqual([
      expect.stringMatching(/by hand, unless .*"dedup_key": "spanpager\/failures\/shop"/),
    ])
    expect(running.log.at(-1)).toContain('stopped')
  })

  it('tries a page once more that PagerDuty did not take', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    const { pagerDuty } = running
    pagerDuty.fault({ kind: 'status', status: 503 })
    await fail()
    await pagerDuty.waitFor(() => pagerDuty.events().length === 1)
    await running.collector.shutdown()
    expect(pagerDuty.incidents()).toMatchObject([
      { status: 'triggered', dedupKey: 'spanpager/failures/shop' },
    ])
    expect(lines('error')).toEqual([])
  })

  it('names the page that is lost', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    const { pagerDuty } = running
    pagerDuty.fault({ kind: 'status', status: 503 }, { times: Infinity })
    await fail()
    await pagerDuty.waitFor(() => pagerDuty.events().length === 1)
    await running.collector.shutdown()
    expect(lines('error')).toEqual([
      expect.stringMatching(
        /a page is lost at the stop.*"exporter": "pagerduty", "event": "trigger", "dedup_key": "spanpager\/failures\/shop", "attempts": [2-9]/,
      ),
    ])
  })
})
