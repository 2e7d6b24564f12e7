import type { AlertChange, AlertStatus } from '../../model/alert.ts'
import type { PendingEvent } from '../../model/delivery.ts'
import type { Telemetry } from '../../model/telemetry.ts'
import type { Reporter } from '../reporter.ts'

/** Lines of a kind at the stop: the first tell what to do. */
const MAX_LINES = 20

/** What engine and delivery say, for the diagnostics of OpenTelemetry; there are no metrics here. */
export function createDiagTelemetry(reporter: Reporter): Pick<Telemetry, 'processor' | 'delivery'> {
  let troubled = false
  return {
    processor: {
      // Of what a collector says of those who send to it, nothing can happen in one process.
      nothingRecognised() {},
      clockOff() {},
      announced() {},
      noticed() {},
      changed(_processor, change) {
        reporter.info(`alert ${change.kind} ${numbersOf(change)} (${change.episode.dedupKey})`)
      },
      journalFailed(_processor, error) {
        reporter.error('the journal failed', error)
      },
    },
    delivery: {
      attempted(_exporter, change, result) {
        if (result.kind === 'delivered') {
          if (troubled) reporter.info('PagerDuty takes events again')
          troubled = false
        } else if (result.kind === 'retry') {
          troubled = true
          reporter.warn(
            'retry',
            `an event could not be delivered to PagerDuty; it is kept and tried again: ${result.reason} (${change.episode.dedupKey})`,
          )
        }
      },
      misconfigured(_exporter, reason) {
        troubled = true
        reporter.error(
          `PagerDuty refuses events, so nobody is paged until the settings are right: ${reason}`,
        )
      },
      deadLetter(_exporter, change, reason) {
        reporter.error(
          `${lost(change.kind)}: PagerDuty will never take it: ${reason} (${change.episode.dedupKey})`,
        )
      },
      droppedLate(_exporter, change) {
        reporter.warn(
          `late ${change.episode.dedupKey}`,
          `a late page was dropped, as latePages says: its condition has cleared (${change.episode.dedupKey})`,
        )
      },
    },
  }
}

/** What ends with the process: events that PagerDuty has not accepted, and alerts without a resolve. */
export function reportLosses(
  reporter: Reporter,
  pending: readonly PendingEvent[],
  alerts: readonly AlertStatus[],
): void {
  for (const { kind, dedupKey, lastReason } of pending.slice(0, MAX_LINES)) {
    const reason = lastReason === undefined ? '' : `: ${lastReason}`
    reporter.error(
      `${lost(kind)} at the stop: PagerDuty has not accepted it${reason} (${dedupKey})`,
    )
  }
  if (pending.length > MAX_LINES) {
    reporter.error(`${pending.length - MAX_LINES} more events are lost at the stop`)
  }
  const open = new Set(alerts.flatMap(({ dedupKey }) => dedupKey ?? []))
  for (const dedupKey of [...open].slice(0, MAX_LINES)) {
    reporter.warn(
      `open ${dedupKey}`,
      `an alert is open at the stop: resolve its incident by hand, unless it fires and resolves again after the restart (${dedupKey})`,
    )
  }
  if (open.size > MAX_LINES) {
    reporter.warn('open', `${open.size - MAX_LINES} more alerts are open at the stop`)
  }
}

function lost(kind: PendingEvent['kind']): string {
  return kind === 'firing'
    ? 'a page is lost, look at this alert now'
    : 'a resolve is lost, resolve the incident by hand'
}

function numbersOf(change: AlertChange): string {
  if (change.kind === 'resolved') return `(${change.reason}, at most ${change.peak})`
  const { count, threshold, windowMs } = change.facts
  const limit = threshold === undefined ? '' : ` against ${threshold}`
  return `with ${count}${limit} in ${windowMs / 1000} s`
}
