import { diag, DiagConsoleLogger, trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
} from '@opentelemetry/sdk-trace-base'
import * as sdk1 from 'sdk-trace-base-1'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SpanpagerSpanProcessor } from '../../src/index.ts'
import { attach } from '../../src/span-processor/attach.ts'
import { whenProviderIsRegistered } from '../../src/span-processor/global-provider.ts'
import { recordingExporter } from './recording-exporter.ts'

const API = Symbol.for('opentelemetry.js.api.1')
const CHAT = { kind: 1, attributes: { 'url.path': '/v1/chat/completions' } }

afterEach(() => {
  trace.disable()
  Reflect.deleteProperty(globalThis, API)
})

describe('whenProviderIsRegistered', () => {
  it('hears of one that comes later', () => {
    const found = vi.fn<(provider: unknown) => void>()
    whenProviderIsRegistered(found)
    expect(trace.getTracerProvider()).toBeDefined()
    expect(found).not.toHaveBeenCalled()
    const provider = new BasicTracerProvider()
    expect(trace.setGlobalTracerProvider(provider)).toBe(true)
    expect(found.mock.calls).toEqual([[provider]])
  })

  it('hears of one that is there', () => {
    const provider = new BasicTracerProvider()
    trace.setGlobalTracerProvider(provider)
    const found = vi.fn<(provider: unknown) => void>()
    whenProviderIsRegistered(found)
    expect(found.mock.calls).toEqual([[provider]])
  })

  it('does not mind what else is registered before', () => {
    const found = vi.fn<(provider: unknown) => void>()
    diag.setLogger(new DiagConsoleLogger(), { suppressOverrideMessage: true })
    whenProviderIsRegistered(found)
    const provider = new BasicTracerProvider()
    trace.setGlobalTracerProvider(provider)
    expect(found.mock.calls).toEqual([[provider]])
  })

  it('leaves the global objects as the API makes them', () => {
    whenProviderIsRegistered(() => {})
    trace.setGlobalTracerProvider(new BasicTracerProvider())
    expect(Object.getOwnPropertyDescriptor(globalThis, API)).toMatchObject({ writable: true })
    trace.disable()
    expect(trace.setGlobalTracerProvider(new BasicTracerProvider())).toBe(true)
  })
})

describe('attach', () => {
  it('reaches tracers that were made before', async () => {
    const exporter = recordingExporter()
    const provider = new BasicTracerProvider()
    const tracer = provider.getTracer('early')
    expect(attach(provider, new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 }))).toBe(
      true,
    )
    tracer.startSpan('POST', CHAT)
    await provider.forceFlush()
    expect(exporter.items.map(({ name }) => name)).toEqual(['POST'])
  })

  it('keeps the exporter that SDK 1 took from the environment', async () => {
    const ended = new InMemorySpanExporter()
    class FromEnvironment extends sdk1.BasicTracerProvider {
      // As NodeTracerProvider of SDK 1 does for OTEL_TRACES_EXPORTER.
      protected override _buildExporterFromEnv(): sdk1.SpanExporter {
        return ended as never
      }
    }
    const provider = new FromEnvironment()
    const exporter = recordingExporter()
    attach(provider, new SpanpagerSpanProcessor({ exporter, announceAfterMs: 0 }))
    const span = provider.getTracer('llm-proxy').startSpan('POST', CHAT)
    await provider.forceFlush()
    span.end()
    await provider.forceFlush()
    expect(ended.getFinishedSpans().map(({ name }) => name)).toEqual(['POST'])
    expect(exporter.items).toHaveLength(2)
  })

  it('does not touch an array that the application keeps', () => {
    const own = [new BatchSpanProcessor(new InMemorySpanExporter())]
    attach(new BasicTracerProvider({ spanProcessors: own }), new SpanpagerSpanProcessor())
    expect(own).toHaveLength(1)
  })

  it('refuses what it does not know', () => {
    expect(attach({ getTracer: () => undefined }, new SpanpagerSpanProcessor())).toBe(false)
    expect(attach(undefined, new SpanpagerSpanProcessor())).toBe(false)
  })
})
