import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { createDispatcher, post } from './client.ts'
import { eventsUrl } from './exporter.ts'
import type { PagerDutyOptions } from './options.ts'
import { judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

export type TestEventResult =
  | { readonly kind: 'ok'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }

type Post = (path: '/v2/enqueue' | '/v2/change/enqueue', event: object) => Promise<Verdict>

/**
 * Checks key and endpoint against PagerDuty itself. Without `page` by a change event, which is shown
 * at the service and pages nobody; with `page` by an incident that is opened and resolved at once.
 * Messages never hold the key. Rejects when a proxy variable of the environment is no URL.
 */
export async function sendTestEvent(
  options: PagerDutyOptions,
  settings: { readonly page: boolean; readonly signal: AbortSignal },
): Promise<TestEventResult> {
  const dispatcher = createDispatcher(options.endpoint, options.timeoutMs)
  try {
    const send = sender(dispatcher, options, settings.signal)
    return await (settings.page ? page(send) : change(send))
  } finally {
    await dispatcher.destroy()
  }
}

function sender(dispatcher: Dispatcher, options: PagerDutyOptions, signal: AbortSignal): Post {
  return async (path, event) => {
    const body = JSON.stringify({ routing_key: options.routingKey, ...event })
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)])
    const exchange = await post(dispatcher, eventsUrl(options.endpoint, path), body, limit)
    return judge(exchange, options.routingKey, Date.now())
  }
}

async function change(send: Post): Promise<TestEventResult> {
  const verdict = await send('/v2/change/enqueue', {
    payload: {
      summary: 'spanpager test: the routing key works',
      source: 'spanpager',
      timestamp: new Date().toISOString(),
    },
  })
  return verdict.kind === 'delivered'
    ? { kind: 'ok', message: 'PagerDuty accepted a change event; nobody was paged' }
    : { kind: 'failed', message: `PagerDuty did not accept the change event: ${verdict.reason}` }
}

async function page(send: Post): Promise<TestEventResult> {
  const incident = { dedup_key: `spanpager/test-page/${randomUUID()}` }
  const opened = await send('/v2/enqueue', {
    ...incident,
    event_action: 'trigger',
    client: 'spanpager',
    payload: {
      summary: 'spanpager test page: resolved by itself in a moment',
      source: 'spanpager',
      severity: 'info',
      timestamp: new Date().toISOString(),
      class: 'test',
    },
  })
  if (opened.kind === 'misconfigured' || opened.kind === 'invalid' || opened.kind === 'rejected') {
    return { kind: 'failed', message: `PagerDuty did not accept the trigger: ${opened.reason}` }
  }
  // Without an answer it may have been taken all the same: a resolve is owed.
  const closed = await send('/v2/enqueue', { ...incident, event_action: 'resolve' })
  if (opened.kind === 'retry') {
    return { kind: 'failed', message: `PagerDuty did not accept the trigger: ${opened.reason}` }
  }
  if (closed.kind !== 'delivered') {
    return {
      kind: 'failed',
      message: `PagerDuty opened incident ${incident.dedup_key} and did not accept its resolve, resolve it by hand: ${closed.reason}`,
    }
  }
  return { kind: 'ok', message: 'PagerDuty accepted an incident and its resolve' }
}
