import type { Dispatcher } from 'undici'
import type { AlertEvent, AlertExporter, AttemptResult } from '../../model/component.ts'
import { createDispatcher, post } from './client.ts'
import { pagerDutyEvent } from './event.ts'
import type { PagerDutyOptions } from './options.ts'
import { encodeEvent, minimalEvent } from './shrink.ts'
import { judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import type { PagerDutyEvent } from './wire.ts'

/** Far more than are ever pending with one destination. */
const MAX_REMEMBERED = 10_000

/** Delivers alert changes to PagerDuty's Events API v2, one attempt at a time. */
export function createPagerDutyExporter(settings: {
  readonly options: PagerDutyOptions
  /** ms since the Unix epoch; for Retry-After dates. */
  readonly now?: () => number
}): AlertExporter {
  return new PagerDutyExporter(settings.options, settings.now ?? Date.now)
}

/** What lives from start to shutdown. */
interface Run {
  readonly dispatcher: Dispatcher
  readonly stop: AbortController
  readonly attempts: Set<Promise<AttemptResult>>
}

class PagerDutyExporter implements AlertExporter {
  readonly #options: PagerDutyOptions
  readonly #now: () => number
  readonly #url: string
  #run: Run | undefined
  /** Events whose full form was refused: the same bytes are never sent again. */
  readonly #refusedInFull = new Set<string>()

  constructor(options: PagerDutyOptions, now: () => number) {
    this.#options = options
    this.#now = now
    this.#url = eventsUrl(options.endpoint, '/v2/enqueue')
  }

  async start(): Promise<void> {
    this.#run ??= {
      dispatcher: createDispatcher(this.#options.endpoint, this.#options.timeoutMs),
      stop: new AbortController(),
      attempts: new Set(),
    }
  }

  async attempt(event: AlertEvent, signal: AbortSignal): Promise<AttemptResult> {
    const run = this.#run
    if (run === undefined) {
      return { kind: 'retry', reason: 'the exporter is not running', wholeDestination: true }
    }
    const timeout = AbortSignal.timeout(this.#options.timeoutMs)
    const attempt = this.#deliver(
      event,
      run.dispatcher,
      AbortSignal.any([signal, run.stop.signal, timeout]),
    )
    run.attempts.add(attempt)
    try {
      return await attempt
    } finally {
      run.attempts.delete(attempt)
    }
  }

  /** An undici dispatcher that is closing can no longer be destroyed, so the waiting is done here. */
  async shutdown(signal: AbortSignal): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    const stop = () => run.stop.abort()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    await Promise.allSettled(run.attempts)
    signal.removeEventListener('abort', stop)
    await run.dispatcher.destroy()
  }

  async #deliver(
    event: AlertEvent,
    dispatcher: Dispatcher,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    const full = pagerDutyEvent(event, this.#options)
    const id = `${event.id.position}:${event.id.index}`
    if (!this.#refusedInFull.has(id)) {
      const verdict = await this.#send(full, dispatcher, signal)
      if (verdict.kind !== 'invalid') return verdict
      this.#remember(id)
    }
    const verdict = await this.#send(minimalEvent(full), dispatcher, signal)
    if (verdict.kind === 'delivered' || verdict.kind === 'invalid') this.#refusedInFull.delete(id)
    return verdict.kind === 'invalid' ? { kind: 'rejected', reason: verdict.reason } : verdict
  }

  async #send(
    event: PagerDutyEvent,
    dispatcher: Dispatcher,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const exchange = await post(dispatcher, this.#url, encodeEvent(event), signal)
    return judge(exchange, this.#options.routingKey, this.#now())
  }

  #remember(id: string): void {
    if (this.#refusedInFull.size >= MAX_REMEMBERED) {
      const [oldest] = this.#refusedInFull
      if (oldest !== undefined) this.#refusedInFull.delete(oldest)
    }
    this.#refusedInFull.add(id)
  }
}

/** The address below a base URL, which may end in slashes. */
export function eventsUrl(endpoint: string, path: '/v2/enqueue' | '/v2/change/enqueue'): string {
  return `${endpoint.replace(/\/+$/, '')}${path}`
}
