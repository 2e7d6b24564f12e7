import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeTracesJson, type SpanInput } from '../helpers/otlp.ts'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'
import { QUICK_HANGS } from './quick-hangs.ts'

const VECTORS = new URL('../fixtures/announcements/', import.meta.url)
/** When the span of the vectors began. */
const VECTOR_START_MS = Date.UTC(2026, 0, 5, 9)
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const AGE_MS = 20_000

let running: RunningCollector

beforeEach(async () => {
  running = await startCollector({
    llm_alerting: { ...QUICK_HANGS, hanging_threshold_seconds: 10, decision_wait: '100ms' },
    logs: true,
  })
})

afterEach(() => running.stop())

async function post(signal: string, body: Uint8Array, contentType: string): Promise<void> {
  const url = `${running.httpUrl}/v1/${signal}`
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  })
  expect(answer.status).toBe(200)
}

/** Sends a vector as it is, where its age is in it. */
function sendBytes(name: string): Promise<void> {
  const body = readFileSync(new URL(`${name}.binpb`, VECTORS))
  return post(name.split('.')[1]!, body, 'application/x-protobuf')
}

/** Sends a vector whose span began 20 s ago. */
function sendShifted(name: string): Promise<void> {
  const shiftMs = Date.now() - AGE_MS - VECTOR_START_MS
  const text = readFileSync(new URL(`${name}.json`, VECTORS), 'utf8')
  const shifted = text.replaceAll(/\b1767603\d{12}\b/g, (nano) =>
    String(BigInt(nano) + BigInt(shiftMs) * 1_000_000n),
  )
  return post(name.split('.')[1]!, Buffer.from(shifted), 'application/json')
}

/** The span of the vectors, as it is exported when it ended. */
function sendEnded(more: Partial<SpanInput> = {}): Promise<void> {
  const endMs = Date.now()
  const nano = (ms: number): bigint => BigInt(ms) * 1_000_000n
  const span: SpanInput = {
    traceId: TRACE,
    spanId: 'b7ad6b7169203331',
    parentSpanId: '53995c3f42cd8ad8',
    flags: 0x100,
    name: 'chat gpt-4o',
    kind: 3,
    startUnixNano: nano(endMs - AGE_MS),
    endUnixNano: nano(endMs),
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.provider.name': 'openai',
    },
    ...more,
  }
  const resource = { 'service.name': 'llm-proxy', 'service.instance.id': 'proxy-1' }
  const body = encodeTracesJson([{ resource, scopes: [{ name: 'llm-proxy', spans: [span] }] }])
  return post('traces', body, 'application/json')
}

async function until(series: string, value: number): Promise<void> {
  const holds = async (): Promise<boolean> => (await running.metric(series)) === value
  await vi.waitUntil(holds, { timeout: 10_000, interval: 20 })
}

const OPEN = 'spanpager_open_spans{state="announced"}'
const requests = (outcome: string): string => `spanpager_requests_total{outcome="${outcome}"}`

const FORMS = [
  {
    form: 'a pending span of Pydantic Logfire',
    open: () => sendShifted('logfire-pending.traces'),
    end: () => sendEnded(),
    outcome: 'ok',
  },
  {
    form: 'a partial span in JSON',
    open: () => sendBytes('partial-heartbeat.logs'),
    end: async () => {
      // That it ended is known now; how, the span itself will tell.
      await sendBytes('partial-stop.logs')
      expect(await running.metric(OPEN)).toBe(0)
      await sendEnded({ statusCode: 2 })
    },
    outcome: 'failed',
  },
  {
    form: 'a partial span in base64',
    open: () => sendBytes('partial-heartbeat-base64.logs'),
    end: () => sendEnded(),
    outcome: 'ok',
  },
  {
    form: 'a partial version of dd-trace',
    open: () => sendBytes('datadog-partial.traces'),
    end: () => sendEnded({ statusCode: 2 }),
    outcome: 'failed',
  },
  {
    form: 'a span without an end',
    open: () => sendShifted('unended.traces'),
    end: () => sendEnded(),
    outcome: 'ok',
  },
]

describe.each(FORMS)('$form', ({ open, end, outcome }) => {
  it('pages while the request is open, and resolves after its end', async () => {
    const { pagerDuty } = running
    await open()
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]).toMatchObject({
      dedupKey: 'spanpager/hangs/llm-proxy',
      details: {
        open: 1,
        hang_evidence: { announced: 1 },
        models: { 'gpt-4o': 1 },
        sample_trace_ids: [TRACE],
      },
    })
    expect(await running.metric(requests('ok'))).toBe(0)
    expect(await running.metric(requests('failed'))).toBe(0)

    await end()
    await until(requests(outcome), 1)
    expect(await running.metric(OPEN)).toBe(0)
    await pagerDuty.waitFor(() => pagerDuty.incidents()[0]?.status === 'resolved')
    expect(pagerDuty.incidents().length).toBe(1)
  })
})
