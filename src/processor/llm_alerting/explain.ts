import { rulesOf } from '../../alerting-options/rules.ts'
import { DEFAULT_SETTINGS } from '../../alerting-options/settings.ts'
import type { RuleOptions } from '../../model/rule.ts'
import { formatDuration } from '../../lib/duration.ts'
import { DEFAULT_LLM_ROUTES } from '../../selection/llm-route.ts'
import { type LlmAlertingConfig, THRESHOLD_KEYS } from './config.ts'
import { settingsOf } from './settings.ts'
import { thresholdsOf } from './thresholds.ts'

/** One value that is in force, and what decided it. */
export interface ExplainedValue {
  readonly name: string
  readonly value: string
  /** Where it may be written: the first of these that is decides. */
  readonly writtenAt: readonly (readonly (string | number)[])[]
  /** Where it comes from when it is written nowhere. */
  readonly otherwise: string
}

/** Keys of the configuration, and all below them, that {@link explainValues} speaks of. */
export const EXPLAINED_KEYS: readonly string[] = [
  'requests.preset',
  'requests.llm_routes',
  ...THRESHOLD_KEYS,
  'alerting_args',
  'rules',
  'keep_firing_for',
]

/** What is in force where the schema alone does not say it. */
export function explainValues(config: LlmAlertingConfig): ExplainedValue[] {
  return [...explainRequests(config), ...explainRules(config)]
}

function explainRequests({ requests }: LlmAlertingConfig): ExplainedValue[] {
  const {
    match,
    preset = DEFAULT_SETTINGS.preset,
    llm_routes: llmRoutes = DEFAULT_LLM_ROUTES,
  } = requests
  const value = (key: string, text: string): ExplainedValue => ({
    name: `requests.${key}`,
    value: text,
    writtenAt: [['requests', key]],
    otherwise: 'default',
  })
  const routes = value('llm_routes', `[${llmRoutes.join(', ')}]`)
  return match === undefined ? [value('preset', preset), routes] : [routes]
}

/** The rules in force, value by value: the five threshold keys, or the values of each rule. */
function explainRules(config: LlmAlertingConfig): ExplainedValue[] {
  const { rules, groupKeys } = rulesOf(settingsOf(config))
  const keepFiring = (name: string, rule: RuleOptions, at: ExplainedValue['writtenAt']) => ({
    name,
    value: formatDuration(rule.keepFiringForMs),
    writtenAt: [...at, ['keep_firing_for']],
    otherwise: 'derived from the window, at most 60s',
  })
  if (config.rules === undefined) {
    const thresholds = thresholdsOf(config)
    return [
      ...THRESHOLD_KEYS.map((key) => ({
        name: key,
        value: String(thresholds[key].value),
        writtenAt: [['alerting_args', key], [key]],
        otherwise:
          thresholds[key].source === 'derived' ? 'derived from failure_threshold' : 'default',
      })),
      ...rules.map((rule) => keepFiring(`keep_firing_for (${rule.name})`, rule, [])),
    ]
  }
  return rules.flatMap((rule, at) => {
    const value = (
      key: string,
      text: string,
      otherwise = 'default',
      more: ExplainedValue['writtenAt'] = [],
    ): ExplainedValue => ({
      name: `rules.${rule.name}.${key}`,
      value: text,
      writtenAt: [['rules', at, key], ...more],
      otherwise,
    })
    const keys = rule.groupBy.map((index) => groupKeys[index]!)
    return [
      value('on', rule.on),
      ...(rule.count === undefined ? [] : [value('count', String(rule.count))]),
      ...(rule.ratio === undefined
        ? []
        : [value('ratio', String(rule.ratio)), value('min_requests', String(rule.minRequests))]),
      value('window', formatDuration(rule.windowMs)),
      ...(rule.on === 'hangs' ? [value('waiting', formatDuration(rule.waitingNano / 1e6))] : []),
      value('for', formatDuration(rule.forMs)),
      keepFiring(`rules.${rule.name}.keep_firing_for`, rule, [['rules', at, 'keep_firing_for']]),
      value('severity', rule.severity),
      value('group_by', `[${keys.join(', ')}]`, 'default', [['group_by']]),
      ...(rule.match.length === 0
        ? []
        : [value('match', rule.match.map((test) => matchText(test, groupKeys)).join(', '))]),
    ]
  })
}

function matchText(
  { key, patterns }: RuleOptions['match'][number],
  groupKeys: readonly string[],
): string {
  return `${groupKeys[key]} = ${patterns.join(' or ')}`
}
