import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProxy } from '../../examples/llm-proxy/proxy.ts'
import {
  createStubModel,
  STUB_MODELS,
  type StubModel,
} from '../../examples/llm-proxy/stub-model.ts'

const MESSAGES = [{ role: 'user', content: 'i like coffee' }]

let model: StubModel
let proxyUrl: string
let spans: InMemorySpanExporter
let servers: Server[]

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closeServer(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    server?.close(() => resolve())
    server?.closeAllConnections()
  })
}

beforeEach(async () => {
  servers = []
  model = createStubModel()
  spans = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const modelUrl = await listen(model.server)
  proxyUrl = await listen(createProxy({ tracer: provider.getTracer('test'), modelUrl }))
})

afterEach(async () => {
  for (const server of servers) if (server.listening) await closeServer(server)
})

function ask(
  body: object,
  { path = '/v1/chat/completions', signal }: { path?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(proxyUrl + path, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })
}

/** The span of this kind, once it has ended. */
async function ended(kind: SpanKind): Promise<ReadableSpan> {
  return vi.waitUntil(() => spans.getFinishedSpans().find((span) => span.kind === kind), {
    timeout: 5_000,
    interval: 5,
  })
}

describe('the example proxy', () => {
  it.each(['/chat/completions', '/v1/chat/completions'])('answers on %s', async (path) => {
    const answer = await ask({ model: 'gpt-4o', messages: MESSAGES }, { path })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'Coffee is good company.' } }],
    })
    const server = await ended(SpanKind.SERVER)
    expect(server.attributes).toMatchObject({
      'http.route': path,
      'http.response.status_code': 200,
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.stream': false,
    })
    const client = await ended(SpanKind.CLIENT)
    expect(client.parentSpanContext?.spanId).toBe(server.spanContext().spanId)
    expect(client.attributes).not.toHaveProperty('gen_ai.response.time_to_first_chunk')
  })

  it('has nothing anywhere else', async () => {
    expect((await ask({}, { path: '/v1/models' })).status).toBe(404)
    expect((await fetch(`${proxyUrl}/v1/chat/completions`)).status).toBe(404)
    expect(spans.getFinishedSpans()).toEqual([])
  })

  it('passes a stream on chunk by chunk, also one that stalls in the middle', async () => {
    const answer = await ask({ model: STUB_MODELS.stall, stream: true, messages: MESSAGES })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const decoder = new TextDecoder()
    let seen = ''
    for await (const chunk of answer.body!) {
      seen += decoder.decode(chunk, { stream: true })
      if (!seen.includes(' is') || seen.includes(' good')) continue
      // It has stalled: nothing has ended, and the rest does not come before it is let go.
      expect(spans.getFinishedSpans()).toEqual([])
      model.letGo()
    }
    expect(seen.match(/^data: \{/gm)).toHaveLength(4)
    expect(seen).toMatch(/data: \[DONE\]\n\n$/)
    const client = await ended(SpanKind.CLIENT)
    const seconds = client.attributes['gen_ai.response.time_to_first_chunk']
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThan(client.duration[0] + client.duration[1] / 1e9)
  })

  it.each([
    { what: 'a message without content', body: { messages: [{ role: 'user' }] }, status: 400 },
    {
      what: 'a fault of the model',
      body: { model: STUB_MODELS.error, messages: MESSAGES },
      status: 500,
    },
  ])('passes the status of $what on', async ({ body, status }) => {
    const answer = await ask(body)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toHaveProperty('error.message')
    expect((await ended(SpanKind.CLIENT)).attributes['error.type']).toBe(String(status))
    const { status: spanStatus } = await ended(SpanKind.SERVER)
    expect(spanStatus.code).toBe(status < 500 ? SpanStatusCode.UNSET : SpanStatusCode.ERROR)
  })

  it('answers 502 when the model cannot be reached', async () => {
    await closeServer(model.server)
    const answer = await ask({ model: 'gpt-4o', messages: MESSAGES })
    expect(answer.status).toBe(502)
    expect((await ended(SpanKind.SERVER)).attributes['http.response.status_code']).toBe(502)
  })

  it('waits for a model that hangs until the user leaves, which is 499', async () => {
    const leaving = new AbortController()
    const asked = once(model.server, 'request')
    const answer = ask({ model: STUB_MODELS.hang, messages: MESSAGES }, { signal: leaving.signal })
    await asked
    expect(spans.getFinishedSpans()).toEqual([])
    leaving.abort()
    await expect(answer).rejects.toThrow(/abort/)
    expect((await ended(SpanKind.SERVER)).attributes['http.response.status_code']).toBe(499)
  })
})
