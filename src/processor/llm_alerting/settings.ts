import {
  type AlertingSettings,
  DEFAULT_SETTINGS,
  type RuleSettings,
} from '../../alerting-options/settings.ts'
import type { LlmAlertingConfig } from './config.ts'
import { matchEntry } from './match-config.ts'
import type { RuleConfig } from './rule-config.ts'
import { writtenThresholds } from './thresholds.ts'

/** What is written in the configuration, in the words that all ways in share. */
export function settingsOf(config: LlmAlertingConfig): AlertingSettings {
  const { preset, match, llm_routes: llmRoutes } = config.requests
  return {
    ...writtenThresholds(config),
    name: config.name,
    requests:
      match === undefined
        ? { preset: preset ?? DEFAULT_SETTINGS.preset }
        : { match: match.map(matchEntry) },
    llmRoutes,
    groupBy: config.group_by,
    rules: config.rules?.map(ruleSettings),
    overrides: config.overrides.map((override) => ({
      match: override.match,
      hangingThresholdSeconds: override.hanging_threshold_seconds,
    })),
    hangingUntil: config.hanging_until,
    outcomes: {
      upstream4xx: config.outcomes.upstream_4xx,
      failedStatuses: config.outcomes.failed_statuses,
      canceledStatuses: config.outcomes.canceled_statuses,
      canceledErrorTypes: config.outcomes.canceled_error_types,
    },
    keepFiringForMs: config.keep_firing_for,
    noTrafficResolveAfterMs: config.no_traffic_resolve_after,
    flapWindowMs: config.flap_window,
    decisionWaitMs: config.decision_wait,
    maxLatenessMs: config.max_lateness,
    maxOpenAgeMs: config.max_open_age,
    inferOpen: config.infer_open,
    maxIncidents: config.max_incidents,
    maxGroups: config.max_groups,
  }
}

function ruleSettings(rule: RuleConfig): RuleSettings {
  return {
    name: rule.name,
    on: rule.on,
    count: rule.count,
    ratio: rule.ratio,
    minRequests: rule.min_requests,
    windowMs: rule.window,
    forMs: rule.for,
    keepFiringForMs: rule.keep_firing_for,
    severity: rule.severity,
    waitingMs: rule.waiting,
    match: rule.match,
    groupBy: rule.group_by,
  }
}
