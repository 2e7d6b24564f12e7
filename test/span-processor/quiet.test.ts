import { AsyncLocalStorage } from 'node:async_hooks'
import { context, diag, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SpanpagerSpanProcessor, type Exporter } from '../../src/index.ts'
import { api as api3, sdk as sdk3 } from '../sdk-3/sdk.ts'
import { contextManager } from './context-manager.ts'
import { recordingExporter } from './recording-exporter.ts'
import { SDKS } from './sdks.ts'

const API = Symbol.for('opentelemetry.js.api.1')
const CHAT = { kind: 1, attributes: { 'url.path': '/v1/chat/completions' } }

afterEach(() => {
  Reflect.deleteProperty(globalThis, API)
  vi.restoreAllMocks()
})

/** Its exports are traced by an instrumentation, as those of HTTP exporters are. */
function tracedExporter(startSpan: () => { isRecording(): boolean }) {
  const recording: boolean[] = []
  const exporter: Exporter = {
    export(_items, done) {
      recording.push(startSpan().isRecording())
      // Later, too: sockets connect after export() returned.
      setImmediate(() => {
        recording.push(startSpan().isRecording())
        done({ code: 0 })
      })
    },
    shutdown: async () => {},
  }
  return { recording, exporter }
}

describe('the processor', () => {
  it.each([
    [
      '2',
      context,
      (processors: SpanpagerSpanProcessor[]) =>
        new BasicTracerProvider({ spanProcessors: processors }),
    ],
    [
      '3',
      api3.context,
      (processors: SpanpagerSpanProcessor[]) =>
        new sdk3.TracerProvider({ spanProcessors: processors }),
    ],
  ] as const)(
    'does not trace its own exports with SDK %s',
    async (_version, contextApi, create) => {
      contextApi.setGlobalContextManager(contextManager())
      const { recording, exporter } = tracedExporter(() =>
        provider.getTracer('http').startSpan('POST /v1/traces', CHAT),
      )
      const processor = new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 })
      const provider = create([processor])
      provider.getTracer('llm-proxy').startSpan('POST', CHAT)
      await processor.forceFlush()
      expect(recording).toEqual([false, false])
      await processor.shutdown()
    },
  )

  it('does not export in the context of the request that happened to be first', async () => {
    const store = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const exporter: Exporter = {
      export(_items, done) {
        seen.push(store.getStore())
        done({ code: 0 })
        resolve()
      },
      shutdown: async () => {},
    }
    const processor = new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    store.run('the first request', () => provider.getTracer('llm-proxy').startSpan('POST', CHAT))
    await promise
    expect(seen).toEqual([undefined])
    await processor.shutdown()
  })

  it.each(SDKS)('throws nothing into an application on $name', (sdk) => {
    const processor = new SpanpagerSpanProcessor({ exporter: recordingExporter() })
    const app = sdk.run(processor)
    const broken = Object.create(null) as Parameters<typeof processor.onStart>[0]
    expect(() => {
      processor.onStart(broken, { getValue: () => undefined })
      processor.onEnd(broken)
    }).not.toThrow()
    app.start('POST', CHAT).end()
    processor.onStart(broken, { getValue: () => undefined })
    processor.onEnd(broken)
    expect(trace.getActiveSpan()).toBeUndefined()
  })

  it('announces what is sampled out but recorded, and its end', async () => {
    const exporter = recordingExporter()
    const provider = new sdk3.TracerProvider({
      sampler: sdk3.createAlwaysRecordSampler(new sdk3.AlwaysOffSampler()),
      spanProcessors: [new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 })],
    })
    const span = provider.getTracer('llm-proxy').startSpan('POST', CHAT)
    await provider.forceFlush()
    span.end()
    await provider.shutdown()
    expect(span.spanContext().traceFlags).toBe(0)
    expect(exporter.items.map(({ attributes }) => attributes['span.lifecycle'])).toEqual([
      'open',
      'closed',
    ])
  })

  it('reports what does not fit, once a minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const warnings: string[] = []
    const none = (): void => {}
    diag.setLogger({
      error: none,
      warn: (message) => warnings.push(message),
      info: none,
      debug: none,
      verbose: none,
    })
    const processor = new SpanpagerSpanProcessor({ exporter: recordingExporter(), maxTracked: 2 })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const tracer = provider.getTracer('llm-proxy')
    for (let second = 0; second < 70; second += 1) {
      tracer.startSpan('POST', CHAT)
      vi.advanceTimersByTime(1000)
    }
    vi.useRealTimers()
    await processor.shutdown()
    expect(warnings).toEqual([
      'spanpager: more than 2 spans are open: 1 were not tracked so far',
      'spanpager: more than 2 spans are open: 61 were not tracked so far',
    ])
  })
})
