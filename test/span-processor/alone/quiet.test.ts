import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { context, diag, SpanStatusCode } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../../examples/pagerduty-stand-in/stand-in.ts'
import { type AloneOptions, SpanpagerSpanProcessor } from '../../../src/index.ts'
import { contextManager } from '../context-manager.ts'
import { runApp } from '../run-app.ts'

const API = Symbol.for('opentelemetry.js.api.1')
const CHAT = { kind: 1, attributes: { 'url.path': '/v1/chat/completions' } }

let pagerDuty: PagerDutyStandIn

beforeEach(async () => {
  pagerDuty = createPagerDutyStandIn()
  await pagerDuty.start()
})

afterEach(async () => {
  Reflect.deleteProperty(globalThis, API)
  await pagerDuty.close()
})

function create(options: Partial<AloneOptions> = {}): SpanpagerSpanProcessor {
  const { url: endpoint } = pagerDuty
  const alone = { routingKey: STAND_IN_ROUTING_KEY, endpoint, failureThreshold: 1, ...options }
  return new SpanpagerSpanProcessor({ alone })
}

function fail(provider: Pick<BasicTracerProvider, 'getTracer'>): void {
  const span = provider.getTracer('llm-proxy').startSpan('POST', CHAT)
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

function listenToDiag(): string[] {
  const said: string[] = []
  const say = (level: string) => (message: string) => void said.push(`${level} ${message}`)
  const none = (): void => {}
  diag.setLogger({
    error: say('error'),
    warn: say('warn'),
    info: say('info'),
    debug: none,
    verbose: none,
  })
  return said
}

describe('a processor alone', () => {
  it('does not trace its own pages', async () => {
    context.setGlobalContextManager(contextManager())
    const processor = create()
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const recording: boolean[] = []
    // Where instrumentations of undici begin their spans.
    const onRequest = (): void => {
      recording.push(provider.getTracer('undici').startSpan('POST').isRecording())
    }
    subscribe('undici:request:create', onRequest)
    fail(provider)
    await provider.shutdown()
    unsubscribe('undici:request:create', onRequest)
    expect(pagerDuty.incidents()).toHaveLength(1)
    expect(recording).toEqual([false])
  })

  it('throws nothing into an application, and goes on after a span that is broken', async () => {
    const processor = create()
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const broken = Object.create(null) as Parameters<typeof processor.onStart>[0]
    expect(() => {
      processor.onStart(broken, { getValue: () => undefined })
      processor.onEnd(broken)
    }).not.toThrow()
    fail(provider)
    processor.onEnd(broken)
    await provider.shutdown()
    expect(pagerDuty.incidents()).toHaveLength(1)
  })

  it('waits for a resource that is not complete yet', async () => {
    const name = Promise.withResolvers<string>()
    const processor = create()
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': name.promise }),
      spanProcessors: [processor],
    })
    fail(provider)
    name.resolve('llm-proxy')
    await provider.shutdown()
    expect(pagerDuty.incidents()[0]?.dedupKey).toMatch(/\/failures\/llm-proxy$/)
  })

  it('takes its instance from the resource, unless that is a random number', async () => {
    const keys: string[] = []
    for (const id of ['pod-7', crypto.randomUUID()]) {
      const provider = new BasicTracerProvider({
        resource: resourceFromAttributes({ 'service.instance.id': id }),
        spanProcessors: [create({ groupBy: [] })],
      })
      fail(provider)
      await provider.shutdown()
      const key = pagerDuty.incidents().at(-1)?.dedupKey ?? ''
      expect(key.includes(id)).toBe(id === 'pod-7')
      keys.push(key)
    }
    expect(keys[0]).toBe('spanpager@pod-7/failures')
    expect(keys[1]).toMatch(/^spanpager@.+\/failures$/)
  })

  it('says at the stop what is lost and what stays open, and never the routing key', async () => {
    const said = listenToDiag()
    pagerDuty.fault({ kind: 'status', status: 503 }, { times: Infinity, only: 'trigger' })
    const provider = new BasicTracerProvider({
      spanProcessors: [create({ groupBy: [], instance: 'a' })],
    })
    fail(provider)
    await provider.shutdown()
    const key = 'spanpager@a/failures'
    expect(said.filter((line) => line.includes(key))).toEqual([
      `info spanpager: alert firing with 1 against 1 in 60 s (${key})`,
      expect.stringMatching(/^warn spanpager: an event could not be delivered .*HTTP 503/),
      expect.stringMatching(/^error spanpager: a page is lost, .*HTTP 503/),
      expect.stringMatching(/^warn spanpager: an alert is open at the stop/),
    ])
    expect(said.join()).not.toContain(STAND_IN_ROUTING_KEY)
  })

  it('says that PagerDuty refuses its key', async () => {
    const said = listenToDiag()
    const provider = new BasicTracerProvider({
      spanProcessors: [create({ routingKey: 'b'.repeat(32) })],
    })
    fail(provider)
    await provider.shutdown()
    expect(said).toContainEqual(
      expect.stringMatching(/^error spanpager: PagerDuty refuses events, .*routing_key/),
    )
  })

  it('says once that it recognises nothing', async () => {
    const said = listenToDiag()
    const processor = create()
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    for (let each = 0; each < 2500; each += 1) {
      provider.getTracer('cron').startSpan('job').end()
      if (each % 500 === 0) await processor.forceFlush()
    }
    await provider.shutdown()
    expect(said.filter((line) => line.includes('no LLM request recognised'))).toHaveLength(1)
  })

  it.each([
    ['takes the page', undefined],
    ['fails', { kind: 'status', status: 503 }],
    ['breaks off', { kind: 'reset' }],
  ] as const)('keeps no process when PagerDuty %s', async (_what, fault) => {
    pagerDuty.addRoutingKey('a'.repeat(32))
    if (fault !== undefined) pagerDuty.fault(fault, { times: Infinity })
    const app = runApp('alone.ts', [pagerDuty.url], {})
    const { code, stderr } = await app.done
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(pagerDuty.events().length).toBeGreaterThan(0)
  })
})
