import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'

export interface ModelCall {
  readonly tracer: Tracer
  /** The span of the user's request. */
  readonly parent: Span
  readonly modelUrl: string
  readonly model: string
  /** The user's question, as it came. */
  readonly body: string
  /** Aborted when the user left. */
  readonly signal: AbortSignal
  /** Called for each piece of the answer, as it comes. */
  readonly onChunk: () => void
}

/**
 * Asks the model and passes its answer on to `response`, piece by piece as it comes, in a CLIENT span
 * that ends with the answer. Gives the HTTP status; rejects when the model cannot be reached, breaks
 * off, or the user left.
 */
export async function relayModelCall(call: ModelCall, response: ServerResponse): Promise<number> {
  const { model, onChunk } = call
  const startedMs = performance.now()
  const span = call.tracer.startSpan(
    `chat ${model}`,
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': model,
      },
    },
    trace.setSpan(context.active(), call.parent),
  )
  try {
    const answer = await fetch(`${call.modelUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: call.body,
      signal: call.signal,
    })
    span.setAttribute('http.response.status_code', answer.status)
    if (!answer.ok) fail(span, String(answer.status))
    const contentType = answer.headers.get('content-type') ?? 'application/json'
    const isStream = contentType.startsWith('text/event-stream')
    let chunks = 0
    response.writeHead(answer.status, { 'content-type': contentType })
    await pipeline(
      answer.body ?? [],
      async function* passOn(pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          chunks += 1
          if (isStream && chunks === 1) {
            const seconds = (performance.now() - startedMs) / 1000
            span.setAttribute('gen_ai.response.time_to_first_chunk', seconds)
          }
          onChunk()
          yield piece
        }
      },
      response,
    )
    return answer.status
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
