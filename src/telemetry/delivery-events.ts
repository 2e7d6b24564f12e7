import type { Telemetry } from '../model/telemetry.ts'
import { eventFields, eventOf } from './alert-fields.ts'
import type { Instruments } from './instruments.ts'
import type { Logger } from './logger.ts'
import { createRateLimit } from './rate-limit.ts'

export function createDeliveryEvents(
  logger: Logger,
  metrics: Instruments,
  now: () => number,
): Telemetry['delivery'] {
  const retryLine = createRateLimit(now, 60_000)
  /** Exporters whose trouble was told: their recovery will be told too. */
  const troubled = new Set<string>()

  return {
    attempted(exporter, change, result, tookMs) {
      metrics.attempts.add(1, { exporter, result: result.kind })
      metrics.attemptSeconds.record(tookMs / 1000, { exporter })
      switch (result.kind) {
        case 'delivered':
          if (isPagerDuty(exporter)) {
            metrics.incidents.add(1, { rule: change.episode.rule, event: eventOf(change) })
          }
          if (troubled.delete(exporter)) logger.info('exporter delivers again', { exporter })
          logger.info('event delivered', { exporter, ...eventFields(change), took_ms: tookMs })
          break
        case 'retry': {
          const leftOut = retryLine(exporter)
          if (leftOut === undefined) break
          troubled.add(exporter)
          logger.warn('an event could not be delivered; it is kept and tried again', {
            exporter,
            ...eventFields(change),
            reason: result.reason,
            after_seconds: result.afterMs === undefined ? undefined : result.afterMs / 1000,
            left_out: leftOut || undefined,
          })
          break
        }
        // Told by `misconfigured` and `deadLetter`, once each.
        case 'misconfigured':
        case 'rejected':
          break
      }
    },

    misconfigured(exporter, reason) {
      troubled.add(exporter)
      logger.error(
        `exporter ${exporter} is refused by its destination: it pages nobody until its settings are ` +
          'right; its events are kept and tried again slowly',
        { exporter, reason },
      )
    },

    deadLetter(exporter, change, reason) {
      metrics.deadLetters.add(1, { exporter })
      logger.error(
        change.kind === 'firing'
          ? 'a page is lost: its destination will never take it, and nobody was paged; look at this alert now'
          : 'a resolve is lost: its destination will never take it, and the incident stays open; resolve it by hand',
        { exporter, ...eventFields(change), reason },
      )
    },

    droppedLate(exporter, change) {
      metrics.lateDropped.add(1, { exporter })
      logger.warn('a late page was dropped, as late_pages says: its condition has cleared', {
        exporter,
        ...eventFields(change),
      })
    },
  }
}

/** Incidents are PagerDuty's: what other exporters deliver is none. Ids are `type[/name]`. */
export function isPagerDuty(exporter: string): boolean {
  return exporter.split('/', 1)[0] === 'pagerduty'
}
