import {
  completeThresholds,
  hangsFollowFailures,
  type Thresholds,
  type WrittenThresholds,
} from '../../alerting-options/thresholds.ts'
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

const NAMES: Readonly<Record<ThresholdKey, keyof Thresholds>> = {
  failure_threshold: 'failureThreshold',
  failure_threshold_window_seconds: 'failureThresholdWindowSeconds',
  hanging_threshold_seconds: 'hangingThresholdSeconds',
  hanging_threshold_fails: 'hangingThresholdFails',
  hanging_threshold_window_seconds: 'hangingThresholdWindowSeconds',
}

/**
 * What is written of the five keys. `alerting_args` comes first: it is pasted over a configuration
 * whose flat keys are set, as those of otel-config.yaml are.
 */
export function writtenThresholds(config: LlmAlertingConfig): WrittenThresholds {
  const of = (key: ThresholdKey): number | undefined => config.alerting_args?.[key] ?? config[key]
  return {
    failureThreshold: of('failure_threshold'),
    failureThresholdWindowSeconds: of('failure_threshold_window_seconds'),
    hangingThresholdSeconds: of('hanging_threshold_seconds'),
    hangingThresholdFails: of('hanging_threshold_fails'),
    hangingThresholdWindowSeconds: of('hanging_threshold_window_seconds'),
  }
}

/** The five keys, complete. */
export function thresholdsOf(config: LlmAlertingConfig): Readonly<Record<ThresholdKey, Threshold>> {
  const written = writtenThresholds(config)
  const complete = completeThresholds(written)
  const of = (key: ThresholdKey): Threshold => {
    const value = complete[NAMES[key]]
    if (config.alerting_args?.[key] !== undefined) return { value, source: 'nested' }
    if (config[key] !== undefined) return { value, source: 'flat' }
    const isDerived = key === 'hanging_threshold_fails' && hangsFollowFailures(written)
    return { value, source: isDerived ? 'derived' : 'default' }
  }
  return {
    failure_threshold: of('failure_threshold'),
    failure_threshold_window_seconds: of('failure_threshold_window_seconds'),
    hanging_threshold_seconds: of('hanging_threshold_seconds'),
    hanging_threshold_fails: of('hanging_threshold_fails'),
    hanging_threshold_window_seconds: of('hanging_threshold_window_seconds'),
  }
}
