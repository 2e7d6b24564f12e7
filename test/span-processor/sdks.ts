import * as api from '@opentelemetry/api'
import * as sdk2 from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import * as sdk1 from 'sdk-trace-base-1'
import type { Exporter, SpanpagerSpanProcessor } from '../../src/index.ts'
import { api as api3, sdk as sdk3 } from '../sdk-3/sdk.ts'

/** A span of whichever SDK, as far as the tests use it. */
export interface TestSpan {
  end(): void
  setAttribute(key: string, value: string | number): unknown
  setStatus(status: { code: number }): unknown
  addEvent(name: string): unknown
  recordException(error: Error): unknown
  spanContext(): { traceId: string; spanId: string; traceFlags: number }
}

export interface StartOptions {
  /** Number of the API. */
  kind?: number
  attributes?: Record<string, string | number>
  /** A span of the same process, or the context of one elsewhere. */
  parent?: TestSpan | { traceId: string; spanId: string; isRemote: true }
  startTime?: number
}

export interface RunningSdk {
  start(name: string, options?: StartOptions): TestSpan
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
  /** Names of the spans that a BatchSpanProcessor in the same provider exported. */
  exported(): string[]
}

/** Where the BatchSpanProcessor stands. */
export type Order = 'before' | 'after'

export interface Sdk {
  readonly name: string
  run(processor: SpanpagerSpanProcessor, order?: Order, samples?: boolean): RunningSdk
  /** Writes to the console what it is given, with all the fields that this generation knows. */
  consoleExporter(): Exporter
}

export const SERVER = 1
export const CLIENT = 2
export const INTERNAL = 0

interface Memory {
  export(spans: { name: string }[], done: (result: { code: number }) => void): void
  shutdown(): Promise<void>
}

function memory(names: string[]): Memory {
  return {
    export(spans, done) {
      names.push(...spans.map(({ name }) => name))
      done({ code: 0 })
    },
    shutdown: async () => {},
  }
}

function isSpan(parent: NonNullable<StartOptions['parent']>): parent is TestSpan {
  return 'spanContext' in parent
}

function ordered<T>(order: Order, processor: T, batch: T): T[] {
  return order === 'before' ? [batch, processor] : [processor, batch]
}

const sdkOne: Sdk = {
  name: 'sdk-trace-base 1.30',
  run(processor, order = 'after') {
    const names: string[] = []
    const batch = new sdk1.BatchSpanProcessor(memory(names))
    const provider = new sdk1.BasicTracerProvider({
      spanProcessors: ordered<sdk1.SpanProcessor>(order, processor, batch),
    })
    return { ...running(provider, api), exported: () => names }
  },
  consoleExporter: () => new sdk1.ConsoleSpanExporter(),
}

const sdkTwo: Sdk = {
  name: 'sdk-trace-base 2',
  run(processor, order = 'after') {
    const names: string[] = []
    const batch = new sdk2.BatchSpanProcessor(memory(names))
    const provider = new sdk2.BasicTracerProvider({
      spanProcessors: ordered<sdk2.SpanProcessor>(order, processor, batch),
    })
    return { ...running(provider, api), exported: () => names }
  },
  consoleExporter: () => new sdk2.ConsoleSpanExporter(),
}

const nodeTwo: Sdk = {
  ...sdkTwo,
  name: 'NodeTracerProvider of sdk-trace-node 2',
  run(processor, order = 'after') {
    const names: string[] = []
    const batch = new sdk2.BatchSpanProcessor(memory(names))
    const provider = new NodeTracerProvider({
      spanProcessors: ordered<sdk2.SpanProcessor>(order, processor, batch),
    })
    return { ...running(provider, api), exported: () => names }
  },
}

const sdkThree: Sdk = {
  name: 'sdk-trace 3',
  run(processor, order = 'after') {
    const names: string[] = []
    const batch = new sdk3.BatchSpanProcessor({ exporter: memory(names) })
    const provider = new sdk3.TracerProvider({
      spanProcessors: ordered<sdk3.SpanProcessor>(order, processor, batch),
    })
    return { ...running(provider, api3), exported: () => names }
  },
  consoleExporter: () => new sdk3.ConsoleSpanExporter(),
}

export const SDKS: readonly Sdk[] = [sdkOne, sdkTwo, nodeTwo, sdkThree]

interface AnyProvider {
  getTracer(name: string): {
    startSpan(name: string, options: object, context: never): TestSpan
  }
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

function running(
  provider: AnyProvider,
  { ROOT_CONTEXT, trace }: typeof api | typeof api3,
): Omit<RunningSdk, 'exported'> {
  const tracer = provider.getTracer('llm-proxy')
  return {
    start(name, { parent, ...options } = {}) {
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : isSpan(parent)
            ? trace.setSpan(ROOT_CONTEXT, parent as never)
            : trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: 1 })
      return tracer.startSpan(name, options, context as never)
    },
    forceFlush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  }
}
