import { createServer, type IncomingMessage, type Server } from 'node:http'
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'

const ROUTES = new Set(['/chat/completions', '/v1/chat/completions'])

/**
 * A small LLM proxy: passes chat completions on to a model provider and traces each request as the
 * OpenTelemetry conventions say, with a SERVER span for the user's request and a CLIENT span for the
 * call of the provider. Prompts and answers are not recorded.
 */
export function createProxy(options: { tracer: Tracer; modelUrl: string }): Server {
  const { tracer, modelUrl } = options
  return createServer((request, response) => {
    const route = request.url ?? ''
    if (request.method !== 'POST' || !ROUTES.has(route)) {
      response.writeHead(404).end()
      return
    }
    const span = tracer.startSpan(`POST ${route}`, {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': 'POST', 'http.route': route, 'url.path': route },
    })
    relay(request, span, tracer, modelUrl)
      .catch(() => ({ status: 502, body: '{"error":{"message":"the model cannot be reached"}}' }))
      .then(({ status, body }) => {
        span.setAttribute('http.response.status_code', status)
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
        span.end()
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
}

interface Relayed {
  readonly status: number
  readonly body: string
}

async function relay(
  request: IncomingMessage,
  server: Span,
  tracer: Tracer,
  modelUrl: string,
): Promise<Relayed> {
  const body = await read(request)
  const model = modelOf(body)
  server.setAttribute('gen_ai.request.model', model)
  const span = tracer.startSpan(
    `chat ${model}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': model,
      },
    },
    trace.setSpan(context.active(), server),
  )
  try {
    const answer = await fetch(`${modelUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    span.setAttribute('http.response.status_code', answer.status)
    if (!answer.ok) fail(span, String(answer.status))
    return { status: answer.status, body: await answer.text() }
  } catch (error) {
    fail(span, error instanceof Error ? error.name : 'Error')
    throw error
  } finally {
    span.end()
  }
}

function fail(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  request.setEncoding('utf8')
  for await (const chunk of request) body += chunk
  return body
}

function modelOf(body: string): string {
  try {
    const { model } = JSON.parse(body) as { model?: unknown }
    return typeof model === 'string' ? model : 'unknown'
  } catch {
    return 'unknown'
  }
}
