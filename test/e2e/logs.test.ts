import { afterEach, describe, expect, it } from 'vitest'
import { encodeLogsJson } from '../helpers/otlp-logs.ts'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'

let running: RunningCollector | undefined

afterEach(async () => {
  await running?.stop()
  running = undefined
})

/** An announcement of a request, and an ordinary line beside it. */
const LOGS = encodeLogsJson([
  {
    resource: { 'service.name': 'shop' },
    scopes: [
      {
        logs: [
          { severityText: 'INFO', body: 'POST /v1/chat/completions' },
          {
            eventName: 'span.open',
            traceId: 'a1'.repeat(16),
            spanId: 'b2'.repeat(8),
            attributes: {
              'span.lifecycle': 'open',
              'span.kind': 'SERVER',
              'span.age_ms': 5_000,
              'span.heartbeat_ms': 10_000,
              'spanpager.request': true,
              'http.route': '/v1/chat/completions',
            },
          },
        ],
      },
    ],
  },
])

async function send({ httpUrl }: RunningCollector): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${httpUrl}/v1/logs`, { method: 'POST', headers, body: LOGS })).status
}

describe('a pipeline of logs', () => {
  it('takes announcements to the alerting processor that the traces go to', async () => {
    running = await startCollector({ logs: true })
    expect(await send(running)).toBe(200)
    const accepted = 'otelcol_receiver_accepted_log_records_total'
    expect(await running.metric(`${accepted}{receiver="otlp",transport="http"}`)).toBe(2)
    const announced = 'spanpager_announcements_total{form="log",result="open"}'
    expect(await running.metric(announced)).toBe(1)
    expect((await running.alerts()).processors).toHaveLength(1)
  })

  it('is what it takes: without one there is nothing at the path', async () => {
    running = await startCollector({})
    expect(await send(running)).toBe(404)
    const text = await (
      await fetch(`http://${running.collector.endpoints.metrics[0]}/metrics`)
    ).text()
    expect(text).not.toContain('log_records')
  })
})
