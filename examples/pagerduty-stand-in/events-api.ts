import { checkChangeEvent, checkEvent } from './event-check.ts'
import { IncidentBook } from './incident-book.ts'
import type { Effect, Incident } from './incident-book.ts'
import { RateLimiter } from './rate-limit.ts'
import type { RateLimit } from './rate-limit.ts'
import { changeProcessed, invalid, processed, refused } from './reply.ts'
import type { Reply } from './reply.ts'

export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly contentType: string
  /** undefined: larger than the server takes. */
  readonly bytes: Buffer | undefined
  /** undefined: no JSON. */
  readonly json: unknown
}

/** The documented behaviour of the Events API v2, without a network. */
export class EventsApi {
  readonly incidents = new IncidentBook()
  readonly routingKeys: Set<string>
  readonly #limit: RateLimit | undefined
  readonly #limiter: RateLimiter | undefined
  readonly #onIncident: ((incident: Incident, effect: Effect) => void) | undefined

  constructor(settings: {
    readonly routingKeys: readonly string[]
    readonly rateLimit: RateLimit | undefined
    readonly onIncident: ((incident: Incident, effect: Effect) => void) | undefined
  }) {
    this.routingKeys = new Set(settings.routingKeys)
    this.#limit = settings.rateLimit
    this.#limiter = settings.rateLimit && new RateLimiter(settings.rateLimit.perMinute)
    this.#onIncident = settings.onIncident
  }

  handle(request: ApiRequest, atMs: number): Reply {
    const isEvent = request.path === '/v2/enqueue'
    if (!isEvent && request.path !== '/v2/change/enqueue') return refused(404, 'Not Found')
    if (request.method !== 'POST') return refused(405, 'Method Not Allowed')
    if (request.bytes === undefined) return refused(413, 'Request Entity Too Large')
    if (!/^application\/json\s*(;|$)/i.test(request.contentType)) {
      return invalid(['Content-Type must be application/json'])
    }
    if (request.json === undefined) return invalid(['JSON parse error'])
    return isEvent ? this.#event(request.json, atMs) : this.#change(request.json, atMs)
  }

  #event(json: unknown, atMs: number): Reply {
    const checked = checkEvent(json, (key) => this.routingKeys.has(key))
    if (checked.kind === 'invalid') return invalid(checked.errors)
    if (!this.#withinLimit(checked.value.routingKey, atMs)) return this.#tooMany()
    const { effect, dedupKey, incident } = this.incidents.take(checked.value, atMs)
    if (incident !== undefined) this.#onIncident?.(incident, effect)
    return processed(effect, dedupKey)
  }

  #change(json: unknown, atMs: number): Reply {
    const checked = checkChangeEvent(json, (key) => this.routingKeys.has(key))
    if (checked.kind === 'invalid') return invalid(checked.errors)
    return this.#withinLimit(checked.value.routingKey, atMs) ? changeProcessed() : this.#tooMany()
  }

  #withinLimit(routingKey: string, atMs: number): boolean {
    return this.#limiter === undefined || this.#limiter.take(routingKey, atMs)
  }

  #tooMany(): Reply {
    const seconds = this.#limit?.retryAfterSeconds
    return refused(
      429,
      'Too Many Requests',
      seconds === undefined ? {} : { 'retry-after': String(seconds) },
    )
  }
}
