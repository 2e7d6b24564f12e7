import { z } from 'zod'
import {
  DEFAULT_SETTINGS,
  MIN_HANGING_SECONDS,
  NAME_PATTERN,
} from '../../alerting-options/settings.ts'
import { DEFAULT_THRESHOLDS } from '../../alerting-options/thresholds.ts'
import { formatDuration } from '../../lib/duration.ts'
import { duration, positiveDuration } from '../../lib/schema.ts'
import { DEFAULT_OUTCOMES } from '../../selection/outcome.ts'
import { AUTO } from '../../selection/presets.ts'
import { matchEntryConfig } from './match-config.ts'
import { count, groupBy, isMap, ruleConfig, valueMatch } from './rule-config.ts'

/** Optional, so that it can be told what a user wrote. */
function withDefault<T extends z.ZodType>(schema: T, value: number): z.ZodOptional<T> {
  return schema.optional().meta({ default: value })
}

/** LiteLLM's five keys, short for two rules; names and, but for one, defaults are LiteLLM's. */
const thresholdKeys = {
  failure_threshold: withDefault(count(), DEFAULT_THRESHOLDS.failureThreshold).describe(
    'Failed requests that page ...',
  ),
  failure_threshold_window_seconds: withDefault(
    z.number().positive(),
    DEFAULT_THRESHOLDS.failureThresholdWindowSeconds,
  ).describe('... within so many seconds.'),
  hanging_threshold_seconds: withDefault(
    z.number().min(MIN_HANGING_SECONDS),
    DEFAULT_THRESHOLDS.hangingThresholdSeconds,
  ).describe('Waiting so long is a hang; fractions allowed.'),
  hanging_threshold_fails: count()
    .optional()
    .describe(
      'Hangs that page ... (default 60, or failure_threshold once another hanging_ key is set)',
    ),
  hanging_threshold_window_seconds: withDefault(
    z.number().positive(),
    DEFAULT_THRESHOLDS.hangingThresholdWindowSeconds,
  ).describe('... within so many seconds.'),
}

/** In the order in which they are told. */
export const THRESHOLD_KEYS = [
  'failure_threshold',
  'failure_threshold_window_seconds',
  'hanging_threshold_seconds',
  'hanging_threshold_fails',
  'hanging_threshold_window_seconds',
] as const satisfies (keyof typeof thresholdKeys)[]

export type ThresholdKey = (typeof THRESHOLD_KEYS)[number]

const httpStatus = z.int().min(400).max(499)

const regularExpression = z.string().refine(isRegularExpression, {
  error: 'must be a regular expression',
})

/** What users write under `processors.llm_alerting`. */
export const llmAlertingConfig = z
  .strictObject({
    name: z
      .string()
      .regex(NAME_PATTERN, {
        error: 'must be a name of letters, digits, _, -, . and :, at most 63',
      })
      .default(DEFAULT_SETTINGS.name)
      .describe('Of this deployment; first part of every dedup key. Set it per environment.'),
    requests: z
      .strictObject({
        preset: z
          .enum(['auto', ...AUTO])
          .optional()
          .describe('Whose spans to expect; default auto. See `spanpager components`.'),
        match: z
          .array(matchEntryConfig)
          .min(1)
          .optional()
          .describe('Own description of request spans; outranks preset.'),
        llm_routes: z
          .array(regularExpression)
          .min(1)
          .optional()
          .describe('Regular expressions of HTTP paths under which LLMs are asked.'),
      })
      .prefault({}),
    group_by: groupBy()
      .default([...DEFAULT_SETTINGS.groupBy])
      .describe('Resource or span attributes; one alert and one incident per rule and values.'),
    ...thresholdKeys,
    alerting_args: z
      .strictObject(thresholdKeys)
      .optional()
      .describe('The five keys as LiteLLM nests them; outranks those beside it.'),
    rules: z
      .array(ruleConfig)
      .min(1)
      .optional()
      .describe('The general form; replaces the five threshold keys.'),
    overrides: z
      .array(
        z.strictObject({
          match: valueMatch,
          hanging_threshold_seconds: z.number().min(MIN_HANGING_SECONDS),
        }),
      )
      .default([])
      .describe('Other waiting times for some requests; the first match counts.'),
    hanging_until: z
      .enum(['first_chunk', 'end'])
      .default(DEFAULT_SETTINGS.hangingUntil)
      .describe('A stream waits until its first chunk, or until it ends.'),
    outcomes: z
      .strictObject({
        upstream_4xx: z
          .enum(['failed', 'rejected'])
          .default('failed')
          .describe('What an HTTP 4xx of the provider is; 408 and 429 are always failures.'),
        failed_statuses: z
          .array(httpStatus)
          .default([...DEFAULT_OUTCOMES.failedStatuses])
          .describe('4xx that are failures whoever answered them.'),
        canceled_statuses: z
          .array(httpStatus)
          .default([...DEFAULT_OUTCOMES.canceledStatuses])
          .describe('The client left.'),
        canceled_error_types: z
          .array(z.string().min(1))
          .default([])
          .describe('Error types that mean that the client left, besides the known ones.'),
      })
      .prefault({}),
    keep_firing_for: duration().optional().describe('Of all rules that do not say it themselves.'),
    no_traffic_resolve_after: positiveDuration().prefault(
      formatDuration(DEFAULT_SETTINGS.noTrafficResolveAfterMs),
    ),
    flap_window: duration()
      .prefault(formatDuration(DEFAULT_SETTINGS.flapWindowMs))
      .describe('Firing again so soon doubles keep_firing_for; 0 = off.'),
    decision_wait: positiveDuration()
      .prefault(formatDuration(DEFAULT_SETTINGS.decisionWaitMs))
      .describe('How long a span waits for the parent that says what it is.'),
    max_lateness: positiveDuration()
      .prefault(formatDuration(DEFAULT_SETTINGS.maxLatenessMs))
      .describe('Older data is counted, never pages.'),
    max_open_age: positiveDuration()
      .prefault(formatDuration(DEFAULT_SETTINGS.maxOpenAgeMs))
      .describe('An open request older than that is leaked: shown, no longer counted.'),
    infer_open: z
      .boolean()
      .default(DEFAULT_SETTINGS.inferOpen)
      .describe('Take a local parent that does not come for an open request.'),
    max_incidents: z
      .int()
      .min(1)
      .default(DEFAULT_SETTINGS.maxIncidents)
      .describe('Per rule; beyond, one roll-up.'),
    max_groups: z
      .int()
      .min(1)
      .default(DEFAULT_SETTINGS.maxGroups)
      .describe('Beyond, they share "(other)".'),
  })
  .superRefine(
    (config, context) => {
      const names = new Map<unknown, number>()
      if (!Array.isArray(config.rules)) return
      for (const [at, rule] of config.rules.entries()) {
        if (typeof rule !== 'object' || typeof rule.name !== 'string') continue
        const first = names.get(rule.name)
        if (first === undefined) names.set(rule.name, at)
        else {
          const message = `is also the name of rules[${first}]: names must differ`
          const path = ['rules', at, 'name']
          context.addIssue({ code: 'custom', path, message, params: { code: 'conflict' } })
        }
      }
    },
    { when: isMap },
  )

export type LlmAlertingConfig = z.infer<typeof llmAlertingConfig>

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}
