import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { progress } from '../../src/index.ts'
import { relayModelCall } from './model-call.ts'

const ROUTES = new Set(['/chat/completions', '/v1/chat/completions'])

/** nginx's status for a client that left before its answer. */
const CLIENT_CLOSED_REQUEST = 499

interface ProxyOptions {
  readonly tracer: Tracer
  /** Base URL of the model provider. */
  readonly modelUrl: string
}

/**
 * A small LLM proxy: passes chat completions on to a model provider, streams as streams, and traces
 * each request as the OpenTelemetry conventions say, with a SERVER span for the user's request and a
 * CLIENT span for the call of the provider. Prompts and answers are not recorded. As in many a proxy,
 * nothing ends a request whose model does not answer.
 */
export function createProxy(options: ProxyOptions): Server {
  return createServer((request, response) => {
    const route = request.url ?? ''
    if (request.method !== 'POST' || !ROUTES.has(route)) {
      response.writeHead(404).end()
      return
    }
    const span = options.tracer.startSpan(`POST ${route}`, {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': 'POST', 'http.route': route, 'url.path': route },
    })
    const userLeft = new AbortController()
    response.once('close', () => userLeft.abort())
    relay(options, request, response, span, userLeft.signal)
      .catch(() => (userLeft.signal.aborted ? CLIENT_CLOSED_REQUEST : unreachable(response)))
      .then((status) => {
        span.setAttribute('http.response.status_code', status)
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      })
      .catch(() => response.destroy())
  })
}

async function relay(
  { tracer, modelUrl }: ProxyOptions,
  request: IncomingMessage,
  response: ServerResponse,
  span: Span,
  signal: AbortSignal,
): Promise<number> {
  const body = await text(request)
  const { model, stream } = questionIn(body)
  span.setAttributes({ 'gen_ai.request.model': model, 'gen_ai.request.stream': stream })
  // Tells whoever watches this request that it is getting on.
  const onChunk = (): void => {
    if (stream) progress(span)
  }
  return relayModelCall({ tracer, parent: span, modelUrl, model, body, signal, onChunk }, response)
}

/** Too late for a status where a part of the answer was sent: the connection breaks off instead. */
function unreachable(response: ServerResponse): number {
  if (response.headersSent) {
    response.destroy()
  } else {
    response.writeHead(502, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"the model cannot be reached"}}')
  }
  return 502
}

function questionIn(body: string): { model: string; stream: boolean } {
  try {
    const { model, stream } = JSON.parse(body) as { model?: unknown; stream?: unknown }
    return { model: typeof model === 'string' ? model : 'unknown', stream: stream === true }
  } catch {
    return { model: 'unknown', stream: false }
  }
}
