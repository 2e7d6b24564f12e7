import type { RuleOptions, ValueMatch } from '../../model/rule.ts'
import type { LlmAlertingConfig } from './config.ts'
import type { RuleConfig } from './rule-config.ts'
import { thresholdsOf } from './thresholds.ts'

const DEFAULT_WAITING_MS = 60_000
const DEFAULT_MIN_REQUESTS = 20
const DEFAULT_WINDOW_MS = { failures: 60_000, hangs: 600_000 } as const
const MAX_DEFAULT_KEEP_FIRING_MS = 60_000

type MatchConfig = NonNullable<RuleConfig['match']>

/** The rules in their general form, complete; the five threshold keys make two. */
export function rulesOf(config: LlmAlertingConfig): {
  readonly rules: readonly RuleOptions[]
  /** All attributes that some rule groups by or tests, in order of appearance. */
  readonly groupKeys: readonly string[]
} {
  const groupKeys: string[] = []
  const indexOf = (key: string): number => {
    if (!groupKeys.includes(key)) groupKeys.push(key)
    return groupKeys.indexOf(key)
  }
  const matchOf = (match: MatchConfig): ValueMatch =>
    Object.entries(match).map(([key, patterns]) => ({
      key: indexOf(key),
      patterns: typeof patterns === 'string' ? [patterns] : patterns,
    }))
  const written = config.rules ?? shortForm(config)
  // Groups first: their keys keep their place when tests come and go.
  const grouped = written.map((rule) => (rule.group_by ?? config.group_by).map(indexOf))
  const overrides = config.overrides.map((override) => ({
    match: matchOf(override.match),
    waitingNano: Math.round(override.hanging_threshold_seconds * 1e9),
  }))
  const rules = written.map((rule, at): RuleOptions => {
    const windowMs = rule.window ?? DEFAULT_WINDOW_MS[rule.on]
    const waitingMs = rule.waiting ?? DEFAULT_WAITING_MS
    return {
      name: rule.name,
      on: rule.on,
      count: rule.count,
      ratio: rule.ratio,
      minRequests: rule.min_requests ?? (rule.ratio === undefined ? 0 : DEFAULT_MIN_REQUESTS),
      windowMs,
      forMs: rule.for,
      keepFiringForMs:
        rule.keep_firing_for ??
        config.keep_firing_for ??
        Math.min(windowMs, MAX_DEFAULT_KEEP_FIRING_MS),
      severity: rule.severity,
      waitingNano: Math.round(waitingMs * 1e6),
      overrides: rule.on === 'hangs' ? overrides : [],
      groupBy: grouped[at]!,
      match: rule.match === undefined ? [] : matchOf(rule.match),
    }
  })
  return { rules, groupKeys }
}

function shortForm(config: LlmAlertingConfig): RuleConfig[] {
  const thresholds = thresholdsOf(config)
  const common = { for: 0, severity: 'critical' as const }
  return [
    {
      name: 'failures',
      on: 'failures',
      count: thresholds.failure_threshold.value,
      window: thresholds.failure_threshold_window_seconds.value * 1000,
      ...common,
    },
    {
      name: 'hangs',
      on: 'hangs',
      count: thresholds.hanging_threshold_fails.value,
      window: thresholds.hanging_threshold_window_seconds.value * 1000,
      waiting: thresholds.hanging_threshold_seconds.value * 1000,
      ...common,
    },
  ]
}
