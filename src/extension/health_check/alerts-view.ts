import type { AlertStatus } from '../../model/alert.ts'
import type { PendingEvent } from '../../model/delivery.ts'
import type { AlertsView, AlertView, EngineView, PendingView } from '../../model/status.ts'

/** Where the most urgent comes first. */
const STATES: readonly AlertStatus['state'][] = ['firing', 'recovering', 'pending', 'inactive']

/** What `/alerts` shows of the engines and the outbox; `nowMs` in ms since the Unix epoch. */
export function createAlertsView(
  engines: readonly EngineView[],
  pending: readonly PendingEvent[],
  nowMs: number,
): AlertsView {
  const alerts = engines.flatMap((engine) =>
    engine.status().map((status) => alertView(engine.processor, status)),
  )
  return {
    time: new Date(nowMs).toISOString(),
    processors: engines.map(({ processor, name, rules }) => ({ processor, name, rules })),
    alerts: STATES.flatMap((state) => alerts.filter((alert) => alert.state === state)),
    pending: pending.toSorted((a, b) => a.sinceMs - b.sinceMs).map(pendingView),
  }
}

function alertView(processor: string, status: AlertStatus): AlertView {
  const { rule, ruleKind: kind, state, count, threshold, ratio, ratioThreshold, dedupKey } = status
  return {
    processor,
    rule,
    kind,
    group: Object.fromEntries(status.group.map(({ key, value }) => [key, value])),
    state,
    since: new Date(status.sinceMs).toISOString(),
    count,
    ...(threshold === undefined ? {} : { threshold }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(ratioThreshold === undefined ? {} : { ratio_threshold: ratioThreshold }),
    window_seconds: status.windowMs / 1000,
    ...(dedupKey === undefined ? {} : { dedup_key: dedupKey }),
    in_roll_up: status.inRollUp,
  }
}

function pendingView(event: PendingEvent): PendingView {
  const { exporter, dedupKey, attempts, lastReason, misconfigured } = event
  return {
    exporter,
    event: event.kind === 'firing' ? 'trigger' : 'resolve',
    dedup_key: dedupKey,
    since: new Date(event.sinceMs).toISOString(),
    attempts,
    ...(lastReason === undefined ? {} : { last_reason: lastReason }),
    misconfigured,
  }
}
