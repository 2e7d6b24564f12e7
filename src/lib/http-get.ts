import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Answers one path; a rejection becomes a 500. */
export type HttpRoute = () => HttpAnswer | Promise<HttpAnswer>

/**
 * Pages that are read only: GET and HEAD of the paths given, whatever the query. Other methods get
 * 405, other paths 404. `onFault` hears of what a route threw; the client hears nothing of it.
 */
export function createGetListener(
  routes: Readonly<Record<string, HttpRoute>>,
  onFault: (error: unknown) => void,
): RequestListener {
  const byPath = new Map(Object.entries(routes))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = byPath.get(pathOf(request))
    if (route === undefined) return send(response, text(404, 'not found\n'))
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      // A body nobody reads: not worth keeping the connection for.
      response.setHeader('connection', 'close')
      return send(response, text(405, 'method not allowed\n'))
    }
    try {
      return send(response, await route())
    } catch (error) {
      onFault(error)
      return send(response, text(500, 'internal error\n'))
    }
  }

  return (request, response) => void answer(request, response)
}

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? ''
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

function text(status: number, body: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  // Node leaves the body out for HEAD.
  response.end(answer.body)
}
