import type { LlmAlertingConfig, ThresholdKey } from './config.ts'

/** One of the five keys, and why it has its value. */
export interface Threshold {
  readonly value: number
  /**
   * `flat`, `nested`: it is written, there or under `alerting_args`. `derived`: taken over from
   * `failure_threshold`.
   */
  readonly source: 'flat' | 'nested' | 'default' | 'derived'
}

const DEFAULTS: Readonly<Record<ThresholdKey, number>> = {
  failure_threshold: 60,
  failure_threshold_window_seconds: 60,
  hanging_threshold_seconds: 60,
  hanging_threshold_fails: 60,
  hanging_threshold_window_seconds: 600,
}

/**
 * The five keys, complete. `alerting_args` comes first: it is pasted over a configuration whose flat
 * keys are set, as those of otel-config.yaml are. LiteLLM's hang count is always 60, so its users never write one: whoever
 * sets another `hanging_` key wants hangs to page at the count that failures do.
 */
export function thresholdsOf(config: LlmAlertingConfig): Readonly<Record<ThresholdKey, Threshold>> {
  const given = (key: ThresholdKey): Threshold => {
    const nested = config.alerting_args?.[key]
    if (nested !== undefined) return { value: nested, source: 'nested' }
    const flat = config[key]
    if (flat !== undefined) return { value: flat, source: 'flat' }
    return { value: DEFAULTS[key], source: 'default' }
  }
  const failures = given('failure_threshold')
  const seconds = given('hanging_threshold_seconds')
  const window = given('hanging_threshold_window_seconds')
  const fails = given('hanging_threshold_fails')
  const derived =
    fails.source === 'default' && (seconds.source !== 'default' || window.source !== 'default')
  return {
    failure_threshold: failures,
    failure_threshold_window_seconds: given('failure_threshold_window_seconds'),
    hanging_threshold_seconds: seconds,
    hanging_threshold_fails: derived ? { value: failures.value, source: 'derived' } : fails,
    hanging_threshold_window_seconds: window,
  }
}
