import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../examples/pagerduty-stand-in/stand-in.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLifecycle } from '../../src/lib/lifecycle.ts'
import { buildPipelines, type Built } from '../../src/pipeline/build.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'
import { createManualClock, type ManualClock } from '../helpers/manual-clock.ts'
import { encodeTraces, type SpanInput } from '../helpers/otlp.ts'

const START_MS = Date.UTC(2026, 0, 5, 9)
const SETTINGS = {
  infer_open: true,
  hanging_threshold_seconds: 10,
  hanging_threshold_fails: 1,
  hanging_threshold_window_seconds: 10,
}

let clock: ManualClock
let pagerDuty: PagerDutyStandIn
let built: Built
let stop: () => Promise<unknown>

/** All of a collector, bytes in and pages out, on a clock of our own: inferring takes its time. */
beforeEach(async () => {
  clock = createManualClock(START_MS)
  pagerDuty = createPagerDutyStandIn()
  await pagerDuty.start()
  const free = { endpoint: 'localhost:0' }
  const files: Record<string, string> = {
    'otel-config.yaml': readFileSync(new URL('../../otel-config.yaml', import.meta.url), 'utf8'),
    'overlay.yaml': stringify({
      receivers: { otlp: { protocols: { grpc: free, http: free } } },
      processors: { llm_alerting: SETTINGS },
      exporters: { pagerduty: { endpoint: pagerDuty.url } },
    }),
  }
  const loaded = loadConfig({
    files: Object.keys(files),
    sets: [],
    env: { PAGERDUTY_API_KEY: STAND_IN_ROUTING_KEY },
    readFile: (path) => files[path]!,
  })
  if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.faults))
  const { config } = loaded
  const { telemetry } = createTelemetry({
    ...config.logs,
    write: () => {},
    now: () => clock.now(),
    secrets: config.secrets,
    metrics: [],
  })
  built = buildPipelines({ config, telemetry, clock, print: () => {} })
  const lifecycle = createLifecycle(built.parts, (name, error) => {
    throw new Error(`${name} did not stop`, { cause: error })
  })
  await lifecycle.start()
  stop = () => lifecycle.shutdown(AbortSignal.timeout(5_000))
})

afterEach(async () => {
  await stop()
  await pagerDuty.close()
})

const SERVER = 2
const INTERNAL = 1
const LOCAL_PARENT = 0x100

const nano = (ms: number): bigint => BigInt(ms) * 1_000_000n
const traceId = (at: number): string => at.toString(16).padStart(32, '0')
const ROOT = 'aa'.repeat(8)

async function send(...spans: readonly SpanInput[]): Promise<void> {
  const { port } = built.receivers.get('otlp')!.address('http')!
  const resource = { 'service.name': 'llm-proxy', 'service.instance.id': 'proxy-1' }
  const answer = await fetch(`http://localhost:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: encodeTraces([{ resource, scopes: [{ name: 'llm-proxy', spans }] }]),
  })
  expect(answer.status).toBe(200)
}

/** What the proxy exports early of a request: what it did before it asked the model. */
const begin = (at: number): Promise<void> =>
  send({
    traceId: traceId(at),
    spanId: 'bb'.repeat(8),
    parentSpanId: ROOT,
    flags: LOCAL_PARENT,
    name: 'auth',
    kind: INTERNAL,
    startUnixNano: nano(clock.now() - 20),
    endUnixNano: nano(clock.now() - 10),
  })

/** The request itself, which took so long. */
const end = (at: number, tookMs: number, agoMs = 0): Promise<void> =>
  send({
    traceId: traceId(at),
    spanId: ROOT,
    name: 'POST /v1/chat/completions',
    kind: SERVER,
    startUnixNano: nano(clock.now() - agoMs - tookMs),
    endUnixNano: nano(clock.now() - agoMs),
    attributes: { 'http.route': '/v1/chat/completions', 'http.response.status_code': 200 },
  })

/** Good requests, one a second. */
async function traffic(from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += 1) {
    await begin(at)
    await clock.advance(500)
    await end(at, 520)
    await clock.advance(500)
  }
}

const HUNG = 999
const open = () => built.engines[0]!.counters.open
const hangs = () => built.engines[0]!.status().find(({ rule }) => rule === 'hangs')

async function untilResolved(from: number): Promise<void> {
  await traffic(from, 25)
  await pagerDuty.waitFor(() => pagerDuty.incidents()[0]?.status === 'resolved')
}

describe('a request that only children were seen of', () => {
  it('pages while it is open, when it is known what such children belong to', async () => {
    await traffic(1, 50)
    await begin(HUNG)
    await traffic(100, 29)
    expect(open().open.inferred).toBe(0)
    expect(hangs()?.state).toBe('inactive')

    await traffic(200, 2)
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      count: 1,
      open: 1,
      hang_evidence: { inferred: 1 },
      sample_trace_ids: [traceId(HUNG)],
    })

    await end(HUNG, 31_000)
    expect(open()).toMatchObject({ inferred: 1, inferredWrongly: 0, open: { inferred: 0 } })
    await untilResolved(300)
    expect(pagerDuty.incidents().length).toBe(1)
  })

  it('pages nobody as long as that is not known', async () => {
    // One of the 50 is missing when the 30 s of grace are over.
    await traffic(1, 18)
    await begin(HUNG)
    await traffic(100, 31)
    expect(open()).toMatchObject({ inferred: 0, open: { inferred: 0 } })
    await traffic(200, 40)
    expect(open()).toMatchObject({ inferred: 0, open: { inferred: 0 } })
    expect(pagerDuty.events()).toEqual([])
  })

  it('is taken back when it turns out to have been fast, and only its span was late', async () => {
    await traffic(1, 50)
    await begin(HUNG)
    await traffic(100, 31)
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    await end(HUNG, 200, 30_000)
    expect(open()).toMatchObject({ inferred: 1, inferredWrongly: 1, open: { inferred: 0 } })
    expect(built.engines[0]!.counters.rules.hangsWithdrawn.inferred).toBe(1)
    expect(hangs()?.count).toBe(0)
    await untilResolved(300)
  })
})
