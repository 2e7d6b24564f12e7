import { text } from 'node:stream/consumers'
import * as api from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import * as sdk1 from 'sdk-trace-base-1'
import { api as api3, sdk as sdk3 } from '../../sdk-3/sdk.ts'

/**
 * An application that knows nothing of spanpager: sets its SDK up as the argument says, starts a
 * request, ends it when stdin ends, and shuts down. A second span processor of its own says on stdout
 * what ended.
 */
const own = {
  onStart() {},
  onEnd: ({ name }: { name: string }) => {
    console.log(`ended ${name}`)
  },
  forceFlush: async () => {},
  shutdown: async () => {},
}

type Shutdown = () => Promise<void>

const set = {
  sdk1: (): Shutdown => {
    const provider = new sdk1.BasicTracerProvider({ spanProcessors: [own] })
    provider.register()
    return () => provider.shutdown()
  },
  sdk1bare: (): Shutdown => {
    const provider = new sdk1.BasicTracerProvider()
    provider.register()
    return () => provider.shutdown()
  },
  node2: (): Shutdown => {
    const provider = new NodeTracerProvider({
      spanProcessors: [own],
      resource: resourceFromAttributes({ 'service.name': 'llm-proxy' }),
    })
    provider.register()
    return () => provider.shutdown()
  },
  nodesdk: (): Shutdown => {
    const sdk = new NodeSDK({ spanProcessors: [own] })
    sdk.start()
    return () => sdk.shutdown()
  },
  sdk3: (): Shutdown => {
    const provider = new sdk3.TracerProvider({ spanProcessors: [own] })
    api3.trace.setGlobalTracerProvider(provider)
    return () => provider.shutdown()
  },
  unknown: (): Shutdown => {
    api.trace.setGlobalTracerProvider({
      getTracer: () => new api.ProxyTracerProvider().getTracer(''),
    })
    return async () => {}
  },
  none: (): Shutdown => async () => {},
}

const kind = process.argv[2] as keyof typeof set
const shutdown = set[kind]()
const { trace } = kind === 'sdk3' ? api3 : api
const span = trace.getTracer('llm-proxy').startSpan('POST', {
  kind: api.SpanKind.SERVER,
  attributes: { 'url.path': '/v1/chat/completions' },
})
await text(process.stdin)
span.end()
await shutdown()
