import type { AlertStatus } from './alert.ts'
import type { EngineCounters } from './engine.ts'

/** Whether a page could be sent now; what the health endpoint answers from. */
export type HealthState =
  | { readonly kind: 'ready' }
  /** Each reason in words for a human, without secrets: what is wrong and what to check. */
  | { readonly kind: 'not_ready'; readonly reasons: readonly string[] }

/** One alerting processor, as metrics and `/alerts` see it. */
export interface EngineView {
  /** Id of the processor, `llm_alerting[/name]`. */
  readonly processor: string
  /** Name of the deployment: the first part of its dedup keys. */
  readonly name: string
  /** Names of its rules, in the order of the configuration. */
  readonly rules: readonly string[]
  readonly counters: EngineCounters
  status(): readonly AlertStatus[]
}

/**
 * The JSON of `GET /alerts` on the health endpoint. Times are ISO 8601 in UTC. Fields may be added;
 * those here keep name and meaning.
 */
export interface AlertsView {
  readonly time: string
  /** One entry per alerting processor; says what `alerts` is about when it is empty. */
  readonly processors: readonly {
    readonly processor: string
    /** Name of the deployment. */
    readonly name: string
    readonly rules: readonly string[]
  }[]
  /** Firing ones first, then recovering, pending and inactive; within a state in the engine's order. */
  readonly alerts: readonly AlertView[]
  /** Oldest first. */
  readonly pending: readonly PendingView[]
}

/** One rule and group. */
export interface AlertView {
  readonly processor: string
  readonly rule: string
  readonly kind: AlertStatus['ruleKind']
  /** Attribute and value, in the order of `group_by`; empty for the roll-up. */
  readonly group: Readonly<Record<string, string>>
  readonly state: AlertStatus['state']
  /** Time of the last change of state. */
  readonly since: string
  /** Requests that count for the rule now. */
  readonly count: number
  /** Absent when the rule has a ratio only. */
  readonly threshold?: number
  /** failed / (ok + failed), 0 to 1; absent when there were none. */
  readonly ratio?: number
  readonly ratio_threshold?: number
  readonly window_seconds: number
  /** Of the open episode; absent when there is none. */
  readonly dedup_key?: string
  /** Its incident is the roll-up's. */
  readonly in_roll_up: boolean
}

/** An event that its exporter has not accepted yet. */
export interface PendingView {
  readonly exporter: string
  readonly event: 'trigger' | 'resolve'
  readonly dedup_key: string
  readonly since: string
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly last_reason?: string
  /** The destination refuses us: a human must correct the configuration. */
  readonly misconfigured: boolean
}
