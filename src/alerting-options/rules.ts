import type { RuleOptions, ValueMatch } from '../model/rule.ts'
import {
  type AlertingSettings,
  DEFAULT_SETTINGS,
  type MatchSettings,
  type RuleSettings,
} from './settings.ts'
import { completeThresholds } from './thresholds.ts'

const DEFAULT_WAITING_MS = 60_000
const DEFAULT_MIN_REQUESTS = 20
const DEFAULT_WINDOW_MS = { failures: 60_000, hangs: 600_000 } as const
const MAX_DEFAULT_KEEP_FIRING_MS = 60_000

/** The rules in their general form, complete; the five threshold keys make two. */
export function rulesOf(settings: AlertingSettings): {
  readonly rules: readonly RuleOptions[]
  /** All attributes that some rule groups by or tests, in order of appearance. */
  readonly groupKeys: readonly string[]
} {
  const groupKeys: string[] = []
  const indexOf = (key: string): number => {
    if (!groupKeys.includes(key)) groupKeys.push(key)
    return groupKeys.indexOf(key)
  }
  const matchOf = (match: MatchSettings): ValueMatch =>
    Object.entries(match).map(([key, patterns]) => ({
      key: indexOf(key),
      patterns: typeof patterns === 'string' ? [patterns] : patterns,
    }))
  const { groupBy = DEFAULT_SETTINGS.groupBy } = settings
  const written = settings.rules ?? shortForm(settings)
  // Groups first: their keys keep their place when tests come and go.
  const grouped = written.map((rule) => (rule.groupBy ?? groupBy).map(indexOf))
  const overrides = (settings.overrides ?? []).map((override) => ({
    match: matchOf(override.match),
    waitingNano: Math.round(override.hangingThresholdSeconds * 1e9),
  }))
  const rules = written.map((rule, at): RuleOptions => {
    const windowMs = rule.windowMs ?? DEFAULT_WINDOW_MS[rule.on]
    const waitingMs = rule.waitingMs ?? DEFAULT_WAITING_MS
    return {
      name: rule.name,
      on: rule.on,
      count: rule.count,
      ratio: rule.ratio,
      minRequests: rule.minRequests ?? (rule.ratio === undefined ? 0 : DEFAULT_MIN_REQUESTS),
      windowMs,
      forMs: rule.forMs ?? 0,
      keepFiringForMs:
        rule.keepFiringForMs ??
        settings.keepFiringForMs ??
        Math.min(windowMs, MAX_DEFAULT_KEEP_FIRING_MS),
      severity: rule.severity ?? 'critical',
      waitingNano: Math.round(waitingMs * 1e6),
      overrides: rule.on === 'hangs' ? overrides : [],
      groupBy: grouped[at]!,
      match: rule.match === undefined ? [] : matchOf(rule.match),
    }
  })
  return { rules, groupKeys }
}

function shortForm(settings: AlertingSettings): RuleSettings[] {
  const thresholds = completeThresholds(settings)
  return [
    {
      name: 'failures',
      on: 'failures',
      count: thresholds.failureThreshold,
      windowMs: thresholds.failureThresholdWindowSeconds * 1000,
    },
    {
      name: 'hangs',
      on: 'hangs',
      count: thresholds.hangingThresholdFails,
      windowMs: thresholds.hangingThresholdWindowSeconds * 1000,
      waitingMs: thresholds.hangingThresholdSeconds * 1000,
    },
  ]
}
