import { formatDuration } from '../../lib/duration.ts'
import { hash64 } from '../../lib/hash64.ts'
import type { RequestsOptions, RulesOptions } from '../../model/rule.ts'
import { DEFAULT_LLM_ROUTES } from '../../selection/llm-route.ts'
import { MATCH_PRESET, resolvePresets } from '../../selection/presets.ts'
import type { SelectionOptions } from '../../selection/selection.ts'
import { type LlmAlertingConfig, THRESHOLD_KEYS } from './config.ts'
import { matchEntry } from './match-config.ts'
import { rulesOf } from './rules.ts'

/** The processor's settings, complete: nothing later asks for a default. */
export interface LlmAlertingOptions {
  /** `llm_alerting[/name]` */
  readonly id: string
  /** Name of the preset as the user chose it, `auto` for instance; `match` for entries of their own. */
  readonly preset: string
  readonly selection: SelectionOptions
  readonly requests: RequestsOptions
  readonly rules: RulesOptions
}

/** Senders repeat what they think was lost within seconds, and remembering good requests costs most. */
const REMEMBER_OK_MS = 60_000
const MAX_CANDIDATES = 100_000
const MAX_DECIDED = 1_000_000
const MAX_OPEN = 1_000_000
const MAX_OPEN_PER_SERVICE = 250_000

export function llmAlertingOptions(id: string, config: LlmAlertingConfig): LlmAlertingOptions {
  const { rules, groupKeys } = rulesOf(config)
  const { preset = 'auto', match, llm_routes: llmRoutes = DEFAULT_LLM_ROUTES } = config.requests
  const choice = match === undefined ? { preset } : { match: match.map(matchEntry) }
  const presets = resolvePresets(choice)
  const outcomes = {
    upstream4xx: config.outcomes.upstream_4xx,
    failedStatuses: config.outcomes.failed_statuses,
    canceledStatuses: config.outcomes.canceled_statuses,
    canceledErrorTypes: config.outcomes.canceled_error_types,
  }
  const waits = rules
    .filter(({ on }) => on === 'hangs')
    .flatMap((rule) => [rule.waitingNano, ...rule.overrides.map(({ waitingNano }) => waitingNano)])
  return {
    id,
    preset: match === undefined ? preset : MATCH_PRESET,
    selection: { presets, groupKeys, outcomes, llmRoutes },
    requests: {
      decisionWaitMs: config.decision_wait,
      maxLatenessMs: config.max_lateness,
      rememberMs: Math.max(...rules.map(({ windowMs }) => windowMs)) + config.max_lateness,
      rememberOkMs: REMEMBER_OK_MS,
      maxCandidates: MAX_CANDIDATES,
      maxDecided: MAX_DECIDED,
      // Without a rule on hangs no good request ever is one.
      slowNano: Math.min(Number.MAX_SAFE_INTEGER, ...waits),
      maxOpenAgeMs: config.max_open_age,
      maxOpen: MAX_OPEN,
      maxOpenPerService: MAX_OPEN_PER_SERVICE,
      inferOpen: config.infer_open,
    },
    rules: {
      name: config.name,
      groupKeys,
      rules,
      hangingUntil: config.hanging_until,
      noTrafficResolveAfterMs: config.no_traffic_resolve_after,
      flapWindowMs: config.flap_window,
      maxIncidents: config.max_incidents,
      maxGroups: config.max_groups,
      // A request may wait for its parent first, and be revised as long as its id is remembered.
      maxEventAgeMs: config.max_lateness + config.decision_wait + REMEMBER_OK_MS,
      selectionFingerprint: hash64(JSON.stringify([presets, outcomes, llmRoutes])),
    },
  }
}

export interface Warning {
  readonly path: readonly string[]
  readonly message: string
}

/** What is allowed and yet hardly meant. */
export function llmAlertingWarnings(config: LlmAlertingConfig): Warning[] {
  return [...withoutEffect(config), ...unreachableWaits(config)]
}

/** Keys that are written and that something else outranks. */
export function withoutEffect(config: LlmAlertingConfig): Warning[] {
  const warnings: Warning[] = []
  if (config.requests.match !== undefined && config.requests.preset !== undefined) {
    const message = 'has no effect: match replaces it'
    warnings.push({ path: ['requests', 'preset'], message })
  }
  if (config.rules === undefined) {
    for (const key of THRESHOLD_KEYS) {
      if (config[key] === undefined || config.alerting_args?.[key] === undefined) continue
      warnings.push({ path: [key], message: 'has no effect: alerting_args sets it too' })
    }
  } else {
    for (const key of THRESHOLD_KEYS) {
      if (config[key] === undefined) continue
      warnings.push({ path: [key], message: 'has no effect: rules replaces it' })
    }
    if (config.alerting_args !== undefined) {
      const message = 'has no effect: rules replaces it'
      warnings.push({ path: ['alerting_args'], message })
    }
    if (config.overrides.length > 0 && config.rules.every(({ on }) => on !== 'hangs')) {
      const message = 'has no effect: no rule is on hangs'
      warnings.push({ path: ['overrides'], message })
    }
  }
  return warnings
}

/** At `max_open_age` an open request is no longer counted: only one that ended can wait longer. */
function unreachableWaits(config: LlmAlertingConfig): Warning[] {
  const maxNano = config.max_open_age * 1e6
  const hangs = rulesOf(config).rules.filter(({ on }) => on === 'hangs')
  const longest = Math.max(
    ...hangs.flatMap((rule) => [rule.waitingNano, ...rule.overrides.map((of) => of.waitingNano)]),
  )
  if (longest < maxNano) return []
  const message =
    `is not above every waiting time that makes a hang (${formatDuration(longest / 1e6)}): open ` +
    'requests are given up before they reach it, so that only ended ones count'
  return [{ path: ['max_open_age'], message }]
}
