import { randomUUID } from 'node:crypto'
import type { CheckedEvent, EventAction } from './event-check.ts'
import { isObject, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

export interface Incident {
  /** 1, 2, 3, ... in the order of opening. */
  readonly number: number
  readonly routingKey: string
  readonly dedupKey: string
  readonly status: 'triggered' | 'acknowledged' | 'resolved'
  /** Summary of the newest trigger; everything below is that of the first. */
  readonly title: string
  readonly severity: string
  readonly source: string
  readonly component: string | undefined
  readonly group: string | undefined
  readonly class: string | undefined
  readonly timestamp: string | undefined
  readonly details: JsonObject
  readonly client: string | undefined
  readonly clientUrl: string | undefined
  readonly links: readonly { readonly href: string; readonly text?: string }[]
  /** The server's clock, ms since the Unix epoch. */
  readonly openedAtMs: number
  readonly resolvedAtMs: number | undefined
  readonly log: readonly LogEntry[]
}

interface LogEntry {
  readonly atMs: number
  readonly action: EventAction
  readonly summary: string | undefined
}

/** What an accepted event did. A dropped one is accepted too: that is how PagerDuty answers. */
export type Effect = 'opened' | 'updated' | 'acknowledged' | 'resolved' | 'dropped'

export interface Taken {
  readonly effect: Effect
  readonly dedupKey: string
  readonly incident: Incident | undefined
}

/** Alerts and incidents, by routing key and dedup key. */
export class IncidentBook {
  readonly #incidents: Incident[] = []
  /** Numbers of the open ones. */
  readonly #open = new Map<string, number>()

  all(): readonly Incident[] {
    return [...this.#incidents]
  }

  take(event: CheckedEvent, atMs: number): Taken {
    const dedupKey = event.dedupKey ?? randomUUID().replaceAll('-', '')
    const slot = JSON.stringify([event.routingKey, dedupKey])
    const open = this.#incidents[(this.#open.get(slot) ?? 0) - 1]
    if (open === undefined) {
      if (event.action !== 'trigger') return { effect: 'dropped', dedupKey, incident: undefined }
      const incident = openIncident(event, dedupKey, this.#incidents.length + 1, atMs)
      this.#incidents.push(incident)
      this.#open.set(slot, incident.number)
      return { effect: 'opened', dedupKey, incident }
    }
    const incident = changed(open, event, atMs)
    this.#incidents[open.number - 1] = incident
    if (incident.status === 'resolved') this.#open.delete(slot)
    const effect = (
      { trigger: 'updated', acknowledge: 'acknowledged', resolve: 'resolved' } as const
    )[event.action]
    return { effect, dedupKey, incident }
  }
}

function openIncident(
  event: CheckedEvent,
  dedupKey: string,
  number: number,
  atMs: number,
): Incident {
  const { payload, fields } = event
  return {
    number,
    routingKey: event.routingKey,
    dedupKey,
    status: 'triggered',
    title: textOf(payload['summary']) ?? '',
    severity: textOf(payload['severity']) ?? '',
    source: textOf(payload['source']) ?? '',
    component: textOf(payload['component']),
    group: textOf(payload['group']),
    class: textOf(payload['class']),
    timestamp: textOf(payload['timestamp']),
    details: isObject(payload['custom_details']) ? payload['custom_details'] : {},
    client: textOf(fields['client']),
    clientUrl: textOf(fields['client_url']),
    links: linksOf(fields['links']),
    openedAtMs: atMs,
    resolvedAtMs: undefined,
    log: [logEntry(event, atMs)],
  }
}

function changed(incident: Incident, event: CheckedEvent, atMs: number): Incident {
  const log = [...incident.log, logEntry(event, atMs)]
  if (event.action === 'resolve') {
    return { ...incident, log, status: 'resolved', resolvedAtMs: atMs }
  }
  if (event.action === 'acknowledge') return { ...incident, log, status: 'acknowledged' }
  return { ...incident, log, title: textOf(event.payload['summary']) ?? incident.title }
}

function logEntry(event: CheckedEvent, atMs: number): LogEntry {
  return { atMs, action: event.action, summary: textOf(event.payload['summary']) }
}

function linksOf(links: unknown): Incident['links'] {
  if (!Array.isArray(links)) return []
  return links.filter(isObject).map(({ href, text }) => {
    const shown = textOf(text)
    return { href: textOf(href) ?? '', ...(shown !== undefined && { text: shown }) }
  })
}
