import type { z } from 'zod'
import { debugConfig } from '../exporter/debug/config.ts'
import { pagerDutyConfig, pagerDutyOptions } from '../exporter/pagerduty/config.ts'
import type { PagerDutyOptions } from '../exporter/pagerduty/options.ts'
import {
  type HealthCheckAddress,
  healthCheckAddress,
  healthCheckConfig,
} from '../extension/health_check/config.ts'
import { llmAlertingConfig } from '../processor/llm_alerting/config.ts'
import {
  type LlmAlertingOptions,
  llmAlertingOptions,
  llmAlertingWarnings,
} from '../processor/llm_alerting/options.ts'
import { otlpReceiverConfig, otlpReceiverOptions } from '../receiver/otlp/config.ts'
import type { OtlpReceiverOptions } from '../receiver/otlp/options.ts'

/** A component as configured, complete. `id` is `type[/name]`. */
export interface ReceiverSettings {
  readonly type: 'otlp'
  readonly id: string
  readonly options: OtlpReceiverOptions
}

export interface ProcessorSettings {
  readonly type: 'llm_alerting'
  readonly id: string
  readonly options: LlmAlertingOptions
}

export type ExporterSettings =
  | {
      readonly type: 'pagerduty'
      readonly id: string
      readonly options: PagerDutyOptions
      /** When a condition cleared before its page could be delivered. */
      readonly latePages: 'send' | 'drop'
    }
  | { readonly type: 'debug'; readonly id: string }

export interface ExtensionSettings {
  readonly type: 'health_check'
  readonly id: string
  readonly options: HealthCheckAddress
}

type Stability = 'alpha' | 'beta' | 'stable'

/**
 * What it does in a pipeline: `alerting` processors turn what comes into alerts; exporters take spans or
 * alerts.
 */
type Role = 'source' | 'alerting' | 'takes_alerts' | 'takes_spans' | 'extension'

/** One kind of component that exists. */
interface Definition<Settings, Schema extends z.ZodType> {
  readonly type: string
  readonly stability: Stability
  readonly summary: string
  readonly role: Role
  /** What users write. */
  readonly schema: Schema
  /** The one place where it becomes what code passes. */
  readonly settings: (id: string, config: z.output<Schema>) => Settings
  /** What is allowed and yet hardly meant. */
  readonly warnings?: (config: z.output<Schema>) => readonly Warning[]
}

interface Warning {
  readonly path: readonly (string | number)[]
  readonly message: string
}

type Configured<Settings> =
  | {
      readonly kind: 'ok'
      readonly settings: Settings
      readonly warnings: readonly Warning[]
    }
  | { readonly kind: 'issues'; readonly issues: readonly z.core.$ZodIssue[] }

/** The same, its schema hidden: checks what a user wrote and maps it in one step. */
export interface Component<Settings> {
  readonly type: string
  readonly stability: Stability
  readonly summary: string
  readonly role: Role
  readonly schema: z.ZodType
  configure(id: string, written: unknown): Configured<Settings>
}

function component<Settings, Schema extends z.ZodType>(
  definition: Definition<Settings, Schema>,
): Component<Settings> {
  const { type, stability, summary, role, schema, settings, warnings } = definition
  return {
    type,
    stability,
    summary,
    role,
    schema,
    configure: (id, written) => {
      const parsed = schema.safeParse(written)
      if (!parsed.success) return { kind: 'issues', issues: parsed.error.issues }
      const { data } = parsed
      return { kind: 'ok', settings: settings(id, data), warnings: warnings?.(data) ?? [] }
    },
  }
}

/** All that exists. */
export const RECEIVERS = [
  component({
    type: 'otlp',
    stability: 'beta',
    summary: 'OTLP traces, and announcements in logs, over gRPC and HTTP',
    role: 'source',
    schema: otlpReceiverConfig,
    settings: (id, config): ReceiverSettings => ({
      type: 'otlp',
      id,
      options: otlpReceiverOptions(config),
    }),
  }),
]

export const PROCESSORS = [
  component({
    type: 'llm_alerting',
    stability: 'beta',
    summary: 'finds LLM requests in traces and alerts when too many fail or hang',
    role: 'alerting',
    schema: llmAlertingConfig,
    settings: (id, config): ProcessorSettings => ({
      type: 'llm_alerting',
      id,
      options: llmAlertingOptions(id, config),
    }),
    warnings: llmAlertingWarnings,
  }),
]

export const EXPORTERS = [
  component({
    type: 'pagerduty',
    stability: 'beta',
    summary: 'opens and resolves PagerDuty incidents',
    role: 'takes_alerts',
    schema: pagerDutyConfig,
    settings: (id, config): ExporterSettings => ({
      type: 'pagerduty',
      id,
      options: pagerDutyOptions(config),
      latePages: config.late_pages,
    }),
  }),
  component({
    type: 'debug',
    stability: 'beta',
    summary: 'prints alert changes',
    role: 'takes_alerts',
    schema: debugConfig,
    settings: (id): ExporterSettings => ({ type: 'debug', id }),
  }),
]

export const EXTENSIONS = [
  component({
    type: 'health_check',
    stability: 'beta',
    summary: '/live, /ready and /alerts over HTTP',
    role: 'extension',
    schema: healthCheckConfig,
    settings: (id, config): ExtensionSettings => ({
      type: 'health_check',
      id,
      options: healthCheckAddress(config),
    }),
  }),
]
