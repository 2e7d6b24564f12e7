import type { Meter } from '@opentelemetry/api'
import type { PendingEvent } from '../model/delivery.ts'

/** Reads what is not delivered yet whenever metrics are collected; 0 for exporters with nothing. */
export function observePending(
  meter: Meter,
  exporters: readonly string[],
  pending: () => readonly PendingEvent[],
  now: () => number,
): void {
  const count = meter.createObservableGauge('spanpager_pending_events', {
    description: 'Alert events not yet accepted by their exporter.',
  })
  const age = meter.createObservableGauge('spanpager_oldest_pending_age_seconds', {
    description: 'Age of the oldest alert event that is not yet accepted; 0 = there is none.',
  })
  meter.addBatchObservableCallback(
    (result) => {
      const events = pending()
      const nowMs = now()
      for (const exporter of exporters) {
        const own = events.filter((event) => event.exporter === exporter)
        const oldestMs = own.reduce((oldest, { sinceMs }) => Math.min(oldest, sinceMs), nowMs)
        result.observe(count, own.length, { exporter })
        result.observe(age, (nowMs - oldestMs) / 1000, { exporter })
      }
    },
    [count, age],
  )
}
