import { type AlertingOptions, alertingOptions } from '../../alerting-options/options.ts'
import { rulesOf } from '../../alerting-options/rules.ts'
import { formatDuration } from '../../lib/duration.ts'
import { type LlmAlertingConfig, THRESHOLD_KEYS } from './config.ts'
import { settingsOf } from './settings.ts'

/** The processor's settings, complete: nothing later asks for a default. */
export interface LlmAlertingOptions extends AlertingOptions {
  /** `llm_alerting[/name]` */
  readonly id: string
}

export function llmAlertingOptions(id: string, config: LlmAlertingConfig): LlmAlertingOptions {
  return { id, ...alertingOptions(settingsOf(config)) }
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
  const hangs = rulesOf(settingsOf(config)).rules.filter(({ on }) => on === 'hangs')
  const longest = Math.max(
    ...hangs.flatMap((rule) => [rule.waitingNano, ...rule.overrides.map((of) => of.waitingNano)]),
  )
  if (longest < maxNano) return []
  const message =
    `is not above every waiting time that makes a hang (${formatDuration(longest / 1e6)}): open ` +
    'requests are given up before they reach it, so that only ended ones count'
  return [{ path: ['max_open_age'], message }]
}
