import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { progress, SpanpagerSpanProcessor, type SpanpagerOptions } from '../../src/index.ts'
import { recordingExporter } from './recording-exporter.ts'
import { CLIENT, INTERNAL, SDKS, SERVER, type Sdk } from './sdks.ts'

const CHAT = { kind: SERVER, attributes: { 'url.path': '/v1/chat/completions' } }
const MODEL_CALL = {
  kind: CLIENT,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' },
}

/** Not `setImmediate`: whoever waits for fake time lets real turns of the loop pass. */
const TIMERS = ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'Date'] as const

/** Lets time pass, and then what was begun at its end. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await setImmediate()
  await vi.advanceTimersByTimeAsync(0)
}

function setUp(sdk: Sdk, options: SpanpagerOptions = {}) {
  const exporter = recordingExporter()
  const processor = new SpanpagerSpanProcessor({ exporter, ...options })
  const app = sdk.run(processor)
  const said = () =>
    exporter.items.map(({ name, attributes }) => ({
      name,
      lifecycle: attributes['span.lifecycle'],
      ageMs: attributes['span.age_ms'],
      reason: attributes['span.close_reason'],
    }))
  return { exporter, processor, app, said }
}

describe.each(SDKS)('SpanpagerSpanProcessor with $name', (sdk) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...TIMERS, 'performance'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('announces a request that is still open after 5 s, then every 10 s, then its end', async () => {
    const { app, said } = setUp(sdk)
    const span = app.start('POST /v1/chat/completions', CHAT)
    await pass(4999)
    expect(said()).toEqual([])
    await pass(11_001)
    span.end()
    await pass(1)
    expect(said()).toMatchObject([
      { name: 'POST /v1/chat/completions', lifecycle: 'open', ageMs: 5000 },
      { name: 'POST /v1/chat/completions', lifecycle: 'open', ageMs: 15_000 },
      { name: 'POST /v1/chat/completions', lifecycle: 'closed', reason: 'ended' },
    ])
  })

  it('says nothing of requests that end in time, nor of what is no request', async () => {
    const { app, exporter } = setUp(sdk)
    app.start('POST /v1/chat/completions', CHAT).end()
    const health = app.start('GET /healthz', {
      kind: SERVER,
      attributes: { 'url.path': '/healthz' },
    })
    await pass(60_000)
    health.end()
    await pass(60_000)
    expect(exporter.calls).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('makes a child of the open span, with an id of its own and no duration', async () => {
    const { app, exporter } = setUp(sdk, { announceAfterMs: 0 })
    const span = app.start('POST /v1/chat/completions', CHAT)
    await pass(1)
    const [announcement] = exporter.items
    const context = announcement?.spanContext()
    expect(context?.traceId).toBe(span.spanContext().traceId)
    expect(context?.spanId).toMatch(/^[0-9a-f]{16}$/)
    expect(context?.spanId).not.toBe(span.spanContext().spanId)
    expect(announcement).toMatchObject({
      kind: INTERNAL,
      parentSpanId: span.spanContext().spanId,
      parentSpanContext: { spanId: span.spanContext().spanId },
      duration: [0, 0],
      attributes: {
        'span.kind': 'SERVER',
        'logfire.span_type': 'pending_span',
        'logfire.pending_parent_id': '0000000000000000',
        'spanpager.request': true,
      },
    })
    expect(announcement?.endTime).toEqual(announcement?.startTime)
    expect(announcement?.instrumentationScope.name).toBe('llm-proxy')
  })

  it('announces the outermost match only, however deep the others lie', async () => {
    const { app, said } = setUp(sdk)
    const request = app.start('POST /v1/chat/completions', CHAT)
    const middleware = app.start('middleware', { parent: request })
    const handler = app.start('handler', { parent: middleware })
    app.start('chat gpt-4o', { ...MODEL_CALL, parent: handler })
    await pass(6000)
    expect(said().map(({ name }) => name)).toEqual(['POST /v1/chat/completions'])
  })

  it('announces parallel model calls below a root that is no request, one by one', async () => {
    const { app, said } = setUp(sdk)
    const job = app.start('nightly job')
    for (const model of ['a', 'b']) {
      const step = app.start(`step ${model}`, { parent: job })
      app.start(`chat ${model}`, { ...MODEL_CALL, parent: step })
    }
    await pass(6000)
    expect(said().map(({ name }) => name)).toEqual(['chat a', 'chat b'])
  })

  it('takes a span with a remote parent for an entry point', async () => {
    const { app, exporter } = setUp(sdk)
    const parent = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), isRemote: true } as const
    app.start('POST /v1/chat/completions', { ...CHAT, parent })
    await pass(6000)
    expect(exporter.items[0]?.attributes).toMatchObject({
      'span.parent_is_remote': true,
      'logfire.pending_parent_id': '2'.repeat(16),
    })
  })

  it('sees attributes that come after the start', async () => {
    const { app, said, exporter } = setUp(sdk)
    const span = app.start('POST', { kind: SERVER })
    await pass(6000)
    expect(exporter.calls).toEqual([])
    span.setAttribute('http.route', '/v1/chat/completions')
    await pass(10_000)
    expect(said()).toMatchObject([{ lifecycle: 'open', ageMs: 15_000 }])
    expect(exporter.items[0]?.attributes['http.route']).toBe('/v1/chat/completions')
  })

  it('says that a span was dropped when what is above it turns out to be the request', async () => {
    const { app, said } = setUp(sdk)
    const outer = app.start('POST', { kind: SERVER })
    const inner = app.start('chat gpt-4o', { ...MODEL_CALL, parent: outer })
    await pass(6000)
    outer.setAttribute('http.route', '/v1/chat/completions')
    await pass(10_000)
    inner.end()
    await pass(20_000)
    expect(said().filter(({ name }) => name === 'chat gpt-4o')).toMatchObject([
      { lifecycle: 'open' },
      { lifecycle: 'closed', reason: 'dropped' },
    ])
    expect(said().filter(({ name }) => name === 'POST').length).toBeGreaterThan(0)
  })

  it('tells how a request ended, and never more than names', async () => {
    const { app, exporter } = setUp(sdk, { announceAfterMs: 0, attributes: ['tenant.id'] })
    const span = app.start('chat gpt-4o', {
      kind: CLIENT,
      attributes: {
        ...MODEL_CALL.attributes,
        'gen_ai.input.messages': 'my secret prompt',
        'tenant.id': 'blue',
      },
    })
    await pass(2500)
    span.recordException(new TypeError('fetch failed'))
    span.setStatus({ code: 2 })
    span.setAttribute('http.response.status_code', 502)
    span.end()
    await pass(1)
    expect(exporter.items.at(-1)?.attributes).toMatchObject({
      'span.lifecycle': 'closed',
      'span.close_reason': 'ended',
      'span.status_code': 'ERROR',
      'span.duration_ms': expect.any(Number),
      'error.type': 'TypeError',
      'http.response.status_code': 502,
      'gen_ai.request.model': 'gpt-4o',
      'tenant.id': 'blue',
    })
    expect(JSON.stringify(exporter.items.map(({ attributes }) => attributes))).not.toContain(
      'secret',
    )
  })

  it('tells when progress was seen last, and the first as the first chunk', async () => {
    const { app, exporter } = setUp(sdk)
    const span = app.start('POST /v1/chat/completions', CHAT)
    await pass(1500)
    progress(span)
    await pass(1500)
    progress(span)
    await pass(2000)
    expect(exporter.items[0]?.attributes).toMatchObject({
      'span.age_ms': 5000,
      'span.last_progress_age_ms': 2000,
      'gen_ai.response.time_to_first_chunk': 1.5,
    })
  })

  it('counts the age of a span whose start lies in the past', async () => {
    const { app, said } = setUp(sdk)
    app.start('POST', { ...CHAT, startTime: Date.now() - 60_000 })
    await pass(1000)
    expect(said()).toMatchObject([{ ageMs: 61_000 }])
  })

  it('is not moved by the wall clock', async () => {
    const { app, said } = setUp(sdk)
    app.start('POST', CHAT)
    vi.setSystemTime(Date.now() + 3_600_000)
    await pass(5000)
    expect(said()).toMatchObject([{ ageMs: 5000 }])
  })

  it('gives a span up that was never ended', async () => {
    const { app, said } = setUp(sdk, { maxOpenAgeMs: 30_000 })
    const span = app.start('POST', CHAT)
    await pass(31_000)
    span.end()
    await pass(1000)
    expect(said().map(({ reason }) => reason)).toEqual([undefined, undefined, undefined, 'leaked'])
    // The BatchSpanProcessor sends what ended.
    await pass(5000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('closes what it announced at shutdown, once, and says nothing afterwards', async () => {
    const { app, processor, said, exporter } = setUp(sdk)
    const open = app.start('POST', CHAT)
    await pass(6000)
    const young = app.start('POST', CHAT)
    const both = Promise.all([app.shutdown(), processor.shutdown()])
    await pass(1)
    await both
    open.end()
    young.end()
    app.start('POST', CHAT)
    await processor.forceFlush()
    await pass(60_000)
    expect(said()).toMatchObject([
      { lifecycle: 'open' },
      { lifecycle: 'closed', reason: 'shutdown' },
    ])
    expect(exporter.stopped).toBe(1)
  })

  it('does not wait longer at shutdown than it is told', async () => {
    const silent = { export: () => {}, shutdown: async () => {} }
    const processor = new SpanpagerSpanProcessor({
      exporter: silent,
      announceAfterMs: 0,
      shutdownTimeoutMs: 700,
    })
    const app = sdk.run(processor)
    app.start('POST', CHAT)
    await pass(1)
    const startedMs = Date.now()
    const shutdown = processor.shutdown()
    await pass(700)
    await shutdown
    expect(Date.now() - startedMs).toBe(700)
  })

  it('tries the end again with the next heartbeat, and the open spans as they are then', async () => {
    const { app, said, exporter } = setUp(sdk, { announceAfterMs: 0 })
    const gone = app.start('gone', CHAT)
    app.start('stays', CHAT)
    await pass(1)
    exporter.failure = new Error('connection refused')
    gone.end()
    await pass(5000)
    exporter.failure = undefined
    await pass(6000)
    const goneSaid = said().filter(({ name }) => name === 'gone')
    const staysSaid = said().filter(({ name }) => name === 'stays')
    expect(goneSaid).toMatchObject([{ lifecycle: 'open' }, { lifecycle: 'closed', ageMs: 1 }])
    expect(staysSaid).toMatchObject([{ lifecycle: 'open' }, { lifecycle: 'open', ageMs: 10_000 }])
  })

  it.each(['before', 'after'] as const)(
    'leaves a BatchSpanProcessor alone that stands %s it',
    async (order) => {
      const exporter = recordingExporter()
      const processor = new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 })
      const app = sdk.run(processor, order)
      const span = app.start('POST', CHAT)
      await pass(1)
      span.end()
      const flushed = app.forceFlush()
      await pass(1)
      await flushed
      expect(app.exported()).toEqual(['POST'])
      expect(exporter.items).toHaveLength(2)
    },
  )

  it('makes spans that the console exporter of this SDK takes', async () => {
    const lines: unknown[] = []
    const dir = vi.spyOn(console, 'dir').mockImplementation((line) => lines.push(line))
    const { app } = setUp(sdk, { exporter: sdk.consoleExporter(), announceAfterMs: 0 })
    const span = app.start('POST', CHAT)
    await pass(1)
    dir.mockRestore()
    expect(lines).toMatchObject([
      {
        name: 'POST',
        traceId: span.spanContext().traceId,
        attributes: { 'span.lifecycle': 'open' },
      },
    ])
  })
})
