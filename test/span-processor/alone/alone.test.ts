import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../../examples/pagerduty-stand-in/stand-in.ts'
import { type AloneOptions, progress, SpanpagerSpanProcessor } from '../../../src/index.ts'
import { CLIENT, type RunningSdk, type Sdk, SDKS, SERVER, type TestSpan } from '../sdks.ts'

const CHAT = { kind: SERVER, attributes: { 'url.path': '/v1/chat/completions' } }
const MODEL_CALL = {
  kind: CLIENT,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' },
}
const ERROR = 2

const QUICK: Omit<AloneOptions, 'routingKey'> = {
  groupBy: [],
  instance: false,
  failureThreshold: 3,
  failureThresholdWindowSeconds: 60,
  hangingThresholdSeconds: 0.5,
  hangingThresholdFails: 1,
  hangingThresholdWindowSeconds: 1,
  keepFiringForMs: 0,
}

let pagerDuty: PagerDutyStandIn
let app: RunningSdk

beforeEach(async () => {
  pagerDuty = createPagerDutyStandIn()
  await pagerDuty.start()
})

afterEach(async () => {
  await app.shutdown()
  await pagerDuty.close()
})

function run(sdk: Sdk, options: Partial<AloneOptions> = {}): void {
  const { url: endpoint } = pagerDuty
  const alone = { routingKey: STAND_IN_ROUTING_KEY, endpoint, ...QUICK, ...options }
  app = sdk.run(new SpanpagerSpanProcessor({ alone }))
}

function request(status: number, attempts: readonly ('ok' | 'failed')[] = []): void {
  const span = app.start('POST /v1/chat/completions', CHAT)
  for (const attempt of attempts) {
    const call = app.start('chat gpt-4o', { ...MODEL_CALL, parent: span })
    if (attempt === 'failed') fail(call)
    call.end()
  }
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) fail(span)
  span.end()
}

function fail(span: TestSpan): void {
  span.setStatus({ code: ERROR })
  span.setAttribute('error.type', '500')
}

/** Tells in how many incidents each rule has resulted, as `rule status`. */
function incidents(): string[] {
  return pagerDuty.incidents().map(({ dedupKey, status }) => `${dedupKey.split('/')[1]} ${status}`)
}

const failing = (): boolean => incidents().includes('failures triggered')
const allResolved = (): boolean =>
  incidents().length > 0 && incidents().every((text) => text.endsWith('resolved'))

describe.each(SDKS)('a SpanpagerSpanProcessor alone, with $name', (sdk) => {
  it('pages once at the threshold of failures, and resolves when requests end well', async () => {
    run(sdk, { failureThresholdWindowSeconds: 1 })
    request(500)
    request(500)
    await app.forceFlush()
    expect(incidents()).toEqual([])
    for (let more = 0; more < 5; more += 1) request(500)
    await pagerDuty.waitFor(failing)
    expect(pagerDuty.incidents()[0]?.title).toMatch(
      /^spanpager: \d failed LLM requests in 1 s \(threshold 3\)/,
    )
    const good = setInterval(() => {
      request(200)
    }, 100)
    await pagerDuty.waitFor(allResolved)
    clearInterval(good)
    expect(incidents()).toEqual(['failures resolved'])
  })

  it('pages while a request is open, and resolves when it is let go', async () => {
    run(sdk)
    const open = app.start('POST /v1/chat/completions', CHAT)
    open.setAttribute('gen_ai.request.model', 'gpt-4o')
    await pagerDuty.waitFor(() => incidents().includes('hangs triggered'))
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      hang_evidence: { announced: 1 },
      open: 1,
    })
    open.end()
    const good = setInterval(() => {
      request(200)
    }, 100)
    await pagerDuty.waitFor(allResolved)
    clearInterval(good)
    expect(incidents()).toEqual(['hangs resolved'])
  })

  it('counts a request once, however many attempts it takes', async () => {
    run(sdk)
    request(200, ['failed', 'failed', 'failed', 'ok'])
    request(500, ['failed', 'failed', 'failed'])
    request(500, ['failed', 'failed', 'failed'])
    await app.forceFlush()
    expect(incidents()).toEqual([])
    request(500, ['failed'])
    await pagerDuty.waitFor(failing)
    expect(pagerDuty.incidents()[0]?.title).toMatch(/^spanpager: 3 failed LLM requests/)
  })
})

describe('a SpanpagerSpanProcessor alone', () => {
  const [, sdk] = SDKS as [Sdk, Sdk]

  it('waits with failed attempts for the request that is still trying', async () => {
    run(sdk, { failureThreshold: 1, decisionWaitMs: 50, hangingThresholdSeconds: 60 })
    const trying = app.start('POST /v1/chat/completions', CHAT)
    const attempt = app.start('chat gpt-4o', { ...MODEL_CALL, parent: trying })
    fail(attempt)
    attempt.end()
    // Decided long after the attempt would have been, had it counted by itself.
    const other = app.start('job')
    const candidate = app.start('chat gpt-4o', { ...MODEL_CALL, parent: other })
    await app.forceFlush()
    fail(candidate)
    candidate.end()
    await pagerDuty.waitFor(failing)
    expect(pagerDuty.incidents()[0]?.title).toMatch(/: 1 failed LLM request/)
    trying.setAttribute('http.response.status_code', 200)
    trying.end()
    other.end()
    await app.forceFlush()
    expect(incidents()).toEqual(['failures triggered'])
  })

  it('takes progress for the beginning of an answer', async () => {
    run(sdk, { hangingThresholdSeconds: 1.2 })
    const streaming = app.start('stream', CHAT)
    progress(streaming)
    const silent = app.start('silent', CHAT)
    await pagerDuty.waitFor(() => incidents().length > 0)
    expect(pagerDuty.incidents()[0]?.details).toMatchObject({
      sample_trace_ids: [silent.spanContext().traceId],
    })
    streaming.end()
    silent.end()
  })

  it('tries again when PagerDuty fails', async () => {
    run(sdk)
    pagerDuty.fault({ kind: 'status', status: 503 }, { times: 1 })
    for (let each = 0; each < 3; each += 1) request(500)
    await pagerDuty.waitFor(failing)
    expect(pagerDuty.events().map(({ status }) => status)).toEqual([503, 202])
  })

  it('delivers what is pending at the stop', async () => {
    run(sdk)
    for (let each = 0; each < 3; each += 1) request(500)
    await app.shutdown()
    expect(incidents()).toEqual(['failures triggered'])
  })

  it('stops in bounded time when PagerDuty does not answer, and stops twice', async () => {
    const { url: endpoint } = pagerDuty
    const processor = new SpanpagerSpanProcessor({
      alone: { routingKey: STAND_IN_ROUTING_KEY, endpoint, ...QUICK },
      shutdownTimeoutMs: 50,
    })
    app = sdk.run(processor)
    pagerDuty.fault({ kind: 'hang' }, { times: Infinity })
    for (let each = 0; each < 3; each += 1) request(500)
    await app.shutdown()
    await processor.shutdown()
    request(500)
    pagerDuty.clearFaults()
    expect(incidents()).toEqual([])
  })

  it('knows no model of an open request that only its calls name', async () => {
    run(sdk, {
      groupBy: ['gen_ai.request.model'],
      overrides: [{ match: { 'gen_ai.request.model': 'gpt-4o' }, hangingThresholdSeconds: 600 }],
    })
    const open = app.start('POST /v1/chat/completions', CHAT)
    app.start('chat gpt-4o', { ...MODEL_CALL, parent: open }).end()
    const call = app.start('chat gpt-4o', { ...MODEL_CALL, parent: open })
    await pagerDuty.waitFor(() => incidents().includes('hangs triggered'))
    expect(pagerDuty.incidents()[0]?.dedupKey).toBe('spanpager/hangs/(none)')
    call.end()
    open.end()
  })

  it('names the instance in the key of an incident', async () => {
    run(sdk, { name: 'staging', instance: 'proxy-2', groupBy: ['gen_ai.request.model'] })
    for (let each = 0; each < 3; each += 1) request(500)
    await pagerDuty.waitFor(failing)
    expect(pagerDuty.incidents()[0]?.dedupKey).toBe('staging@proxy-2/failures/(none)')
  })
})
