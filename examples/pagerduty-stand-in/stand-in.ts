import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EventsApi } from './events-api.ts'
import { FaultQueue } from './faults.ts'
import type { Fault, FaultPlan } from './faults.ts'
import type { Effect, Incident } from './incident-book.ts'
import { isObject, textOf } from './json-value.ts'
import type { RateLimit } from './rate-limit.ts'
import { processed } from './reply.ts'
import type { Reply } from './reply.ts'
import { StateWatch } from './state-watch.ts'

/** The integration key that a stand-in knows unless told others. */
export const STAND_IN_ROUTING_KEY = 'STANDIN0pagerduty0routing0key000'

export interface StandInOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** Default: {@link STAND_IN_ROUTING_KEY}. */
  readonly routingKeys?: readonly string[]
  /** Absent = no limit. */
  readonly rateLimit?: RateLimit
  /** Clock of the log and the rate limit, ms since the Unix epoch. */
  readonly now?: () => number
  /** Told of every event that did something to an incident. */
  readonly onIncident?: (incident: Incident, effect: Effect) => void
}

/** One request that came in, readable or not. */
interface ReceivedEvent {
  readonly atMs: number
  readonly path: string
  /** The parsed body; undefined when it was no JSON or too large. */
  readonly body: unknown
  /** undefined: the sender got no answer. */
  readonly status: number | undefined
  readonly effect: Reply['effect']
}

export interface PagerDutyStandIn {
  start(): Promise<void>
  close(): Promise<void>
  /** Base URL, for `endpoint`. Throws before start. */
  readonly url: string
  /** In the order of opening, the resolved ones included. */
  incidents(): readonly Incident[]
  /** Every request, in the order of arrival. */
  events(): readonly ReceivedEvent[]
  /** Connections that are open now. */
  connections(): number
  /** Resolves as soon as the predicate holds; rejects after `timeoutMs` (10 s) with what was seen. */
  waitFor(predicate: () => boolean, timeoutMs?: number): Promise<void>
  /** Plans a fault for the next request, or for more of them; see faults.ts. */
  fault(fault: Fault, plan?: FaultPlan): void
  clearFaults(): void
  addRoutingKey(key: string): void
  removeRoutingKey(key: string): void
}

const MAX_BODY_BYTES = 512 * 1024

/** A PagerDuty on this machine: the documented Events API v2, with incidents and planned faults. */
export function createPagerDutyStandIn(options: StandInOptions = {}): PagerDutyStandIn {
  const api = new EventsApi({
    routingKeys: options.routingKeys ?? [STAND_IN_ROUTING_KEY],
    rateLimit: options.rateLimit,
    onIncident: options.onIncident,
  })
  const now = options.now ?? Date.now
  const faults = new FaultQueue()
  const received: ReceivedEvent[] = []
  const watch = new StateWatch(() => seenText(received))
  const server = createServer((request, response) => {
    readBody(request).then(
      (bytes) => respond(request, response, bytes),
      () => response.destroy(),
    )
  })
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => {
      connections -= 1
      watch.changed()
    })
  })

  function respond(request: IncomingMessage, response: ServerResponse, bytes: Buffer | undefined) {
    const atMs = now()
    const path = request.url ?? '/'
    const json = parse(bytes)
    const fault = faults.next(path.endsWith('/v2/change/enqueue') ? 'change' : actionOf(json))
    const contentType = request.headers['content-type'] ?? ''
    const reply =
      fault === undefined || isTaken(fault)
        ? api.handle({ method: request.method ?? '', path, contentType, bytes, json }, atMs)
        : processed('fault', isObject(json) ? json['dedup_key'] : undefined)
    const status = answer(response, reply, fault)
    received.push({ atMs, path, body: json, status, effect: reply.effect })
    watch.changed()
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
      }),
    close: () =>
      new Promise((resolve) => {
        watch.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    get url() {
      const address = server.address()
      if (address === null || typeof address === 'string') {
        throw new Error('the stand-in is not started')
      }
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
      return `http://${host}:${address.port}`
    },
    incidents: () => api.incidents.all(),
    events: () => [...received],
    connections: () => connections,
    waitFor: (predicate, timeoutMs = 10_000) => watch.until(predicate, timeoutMs),
    fault: (fault, plan) => faults.add(fault, plan),
    clearFaults: () => faults.clear(),
    addRoutingKey: (key) => void api.routingKeys.add(key),
    removeRoutingKey: (key) => void api.routingKeys.delete(key),
  }
}

/** undefined when it is too large; the rest is read all the same, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined
}

function parse(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString() ?? '')
  } catch {
    return undefined
  }
}

function actionOf(json: unknown): string | undefined {
  return isObject(json) ? textOf(json['event_action']) : undefined
}

function isTaken(fault: Fault): boolean {
  if (fault.kind === 'html') return (fault.status ?? 502) < 300
  return fault.kind === 'accept_then_hang' || fault.kind === 'accept_then_reset'
}

/** Gives the status that was sent; undefined where nothing was. */
function answer(response: ServerResponse, reply: Reply, fault: Fault | undefined) {
  switch (fault?.kind) {
    case 'hang':
    case 'accept_then_hang':
      break
    case 'reset':
    case 'accept_then_reset':
      response.socket?.resetAndDestroy()
      break
    case 'html': {
      const page = '<html><head><title>Bad Gateway</title></head><body></body></html>'
      return send(response, fault.status ?? 502, page, { 'content-type': 'text/html' })
    }
    case 'status': {
      const body = fault.body ?? ''
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return send(response, fault.status, text, fault.headers)
    }
    case 'maintenance':
    case undefined:
      return send(response, reply.status, JSON.stringify(reply.body), reply.headers)
  }
  return undefined
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): number {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  return status
}

function seenText(received: readonly ReceivedEvent[]): string {
  if (received.length === 0) return 'no request'
  return received.map(({ path, status, effect }) => `${path} ${status} ${effect}`).join('; ')
}
