import type { AlertStatus } from '../model/alert.ts'
import type { PendingEvent } from '../model/delivery.ts'
import type { Logger } from './logger.ts'

/** Lines of a kind; an outage may leave thousands, and the first tell what to do. */
const MAX_LINES = 20

/** Events that nobody will deliver any more, one line each. */
export function logUndelivered(logger: Logger, events: readonly PendingEvent[]): void {
  for (const { exporter, kind, dedupKey, attempts, lastReason } of events.slice(0, MAX_LINES)) {
    logger.error(
      kind === 'firing'
        ? 'a page is lost at the stop: its destination has not accepted it; look at this alert now'
        : 'a resolve is lost at the stop: its destination has not accepted it; resolve the incident by hand',
      {
        exporter,
        event: kind === 'firing' ? 'trigger' : 'resolve',
        dedup_key: dedupKey,
        attempts,
        reason: lastReason,
      },
    )
  }
  const more = events.slice(MAX_LINES)
  if (more.length === 0) return
  const pages = more.filter(({ kind }) => kind === 'firing').length
  logger.error(
    'more events are lost at the stop: look at all alerts and incidents of this deployment',
    { pages, resolves: more.length - pages },
  )
}

/** Alerts whose resolve nobody will send, one line per incident; others than open ones are ignored. */
export function logLeftOpen(logger: Logger, alerts: readonly AlertStatus[]): void {
  const open = new Map<string, AlertStatus>()
  for (const alert of alerts) {
    if (alert.dedupKey !== undefined) open.set(alert.dedupKey, alert)
  }
  for (const [dedupKey, { rule, state, group, inRollUp }] of [...open].slice(0, MAX_LINES)) {
    logger.warn(
      'an alert is open at the stop and its resolve will not be sent: resolve its incident, if it opened one, by hand, unless the alert fires and resolves again after the restart',
      {
        rule,
        state,
        group: inRollUp
          ? undefined
          : Object.fromEntries(group.map(({ key, value }) => [key, value])),
        roll_up: inRollUp ? true : undefined,
        dedup_key: dedupKey,
      },
    )
  }
  if (open.size > MAX_LINES) {
    logger.warn('more alerts are open at the stop, whose incidents are to be resolved by hand', {
      alerts: open.size - MAX_LINES,
    })
  }
}
