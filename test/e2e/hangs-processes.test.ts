import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { SpanpagerSpanProcessor } from '../../src/index.ts'
import { type AttributesInput, encodeTracesJson } from '../helpers/otlp.ts'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'
import { QUICK_HANGS } from './quick-hangs.ts'

const KILLED_PROXY = fileURLToPath(new URL('apps/killed-proxy.ts', import.meta.url))

let running: RunningCollector
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await running.stop()
})

const HANGS = 'spanpager_hangs_total{evidence="announced"}'

describe('a process that is killed with 200 open streams', () => {
  it('is a lost instance and no hang, while one request that is frozen pages', async () => {
    // Longer than the lease of three heartbeats, a second each.
    const threshold = { hanging_threshold_seconds: 4 }
    running = await startCollector({ llm_alerting: { ...QUICK_HANGS, ...threshold } })
    const { pagerDuty, httpUrl } = running
    const child = spawn(process.execPath, [KILLED_PROXY, httpUrl, '200'], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    expect(await running.metric('spanpager_open_spans{state="announced"}')).toBe(200)

    // Younger than all of those: when it is a hang, they would be as well.
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'new' }),
      spanProcessors: [
        new SpanpagerSpanProcessor({ endpoint: httpUrl, announceAfterMs: 0, heartbeatMs: 1000 }),
      ],
    })
    closers.push(() => provider.shutdown())
    const frozen = provider.getTracer('shop').startSpan('POST /v1/chat/completions', {
      kind: SpanKind.SERVER,
      attributes: { 'http.route': '/v1/chat/completions' },
    })
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      count: 1,
      open: 1,
      hang_evidence: { announced: 1 },
      sample_trace_ids: [frozen.spanContext().traceId],
    })
    expect(await running.metric(HANGS)).toBe(1)
    expect(await running.metric('spanpager_instances_lost_total')).toBe(1)
    expect(await running.metric('spanpager_lost_instance_spans_total')).toBe(200)
    expect(await running.metric('spanpager_open_spans{state="announced"}')).toBe(1)
    const said = running.log.filter((line) => line.includes('200'))
    expect(said.length).toBe(1)
    expect(said[0]).toMatch(/shop/)
    expect(said[0]).toMatch(/old/)
  })

  it('leaves nothing open once its successor speaks', async () => {
    const threshold = { hanging_threshold_seconds: 60 }
    running = await startCollector({ llm_alerting: { ...QUICK_HANGS, ...threshold } })
    await announce('a', { 'spanpager.boot_id': 'first' })
    await announce('b', { 'spanpager.boot_id': 'first' })
    expect(await running.metric('spanpager_open_spans{state="announced"}')).toBe(2)
    await announce('c', { 'spanpager.boot_id': 'second' })
    expect(await running.metric('spanpager_open_spans{state="announced"}')).toBe(1)
    expect(await running.metric('spanpager_instances_lost_total')).toBe(0)
  })
})

describe('a request that its process speaks of no more', () => {
  it('is lost, goes on ageing, and is shown apart', async () => {
    const settings = { hanging_threshold_seconds: 1, hanging_threshold_window_seconds: 10 }
    running = await startCollector({ llm_alerting: { ...QUICK_HANGS, ...settings } })
    const { pagerDuty } = running
    await announce('a', { 'span.heartbeat_ms': 100 })
    // Another one of the same process is heard of all the time; its first chunk came.
    const other = { 'span.heartbeat_ms': 100, 'gen_ai.response.time_to_first_chunk': 0.1 }
    const failed: unknown[] = []
    const beat = setInterval(() => {
      announce('b', other).catch((error: unknown) => failed.push(error))
    }, 50)
    closers.push(() => {
      clearInterval(beat)
    })
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(failed).toEqual([])
    expect(pagerDuty.incidents()[0]).toMatchObject({
      title: expect.stringContaining('lost'),
      details: { count: 1, hang_evidence: { lost: 1 }, sample_trace_ids: [traceId('a')] },
    })
    expect(await running.metric('spanpager_open_spans{state="lost"}')).toBe(1)
    expect(await running.metric('spanpager_instances_lost_total')).toBe(0)
  })
})

const traceId = (digit: string): string => digit.repeat(32)

/** Announces one request, as docs/announcements.md says. */
async function announce(digit: string, more: AttributesInput): Promise<void> {
  const body = encodeTracesJson([
    {
      resource: { 'service.name': 'shop', 'service.instance.id': 'one' },
      scopes: [
        {
          spans: [
            {
              traceId: traceId(digit),
              spanId: 'f'.repeat(16),
              parentSpanId: digit.repeat(16),
              attributes: {
                'span.lifecycle': 'open',
                'span.kind': 'SERVER',
                'span.age_ms': 0,
                'span.heartbeat_ms': 1000,
                'spanpager.request': true,
                ...more,
              },
            },
          ],
        },
      ],
    },
  ])
  const headers = { 'content-type': 'application/json' }
  const url = `${running.httpUrl}/v1/traces`
  const { status } = await fetch(url, { method: 'POST', headers, body })
  expect(status).toBe(200)
}
