import type { RuleKind, Severity } from '../model/alert.ts'
import type { RulesOptions } from '../model/rule.ts'
import type { OutcomeOptions } from '../selection/outcome.ts'
import type { RequestsChoice } from '../selection/presets.ts'
import type { WrittenThresholds } from './thresholds.ts'

/** Attributes and what their values must look like: globs, one of which must match. */
export type MatchSettings = Readonly<Record<string, string | readonly string[]>>

/** The general form of a rule. Absent = the default. */
export interface RuleSettings {
  /** Unique; part of dedup keys. Letters, digits, `_`, `-` and `.`, at most 63. */
  readonly name: string
  readonly on: RuleKind
  /** So many requests, 1 to 10,000. A rule has a count, a ratio, or both. */
  readonly count?: number | undefined
  /** For failures: failed of all that ended ok or failed, 0 to 1. */
  readonly ratio?: number | undefined
  /** Requests from which `ratio` means something. Default 20. */
  readonly minRequests?: number | undefined
  /** Default 60,000, for hangs 600,000. */
  readonly windowMs?: number | undefined
  /** The condition must hold that long. Default 0. */
  readonly forMs?: number | undefined
  /** Default: that of the processor, else the window, at most 60,000. */
  readonly keepFiringForMs?: number | undefined
  /** Default `critical`. */
  readonly severity?: Severity | undefined
  /** For hangs: waiting so long is one. Default 60,000. */
  readonly waitingMs?: number | undefined
  /** Only requests whose attributes match. Default: all. */
  readonly match?: MatchSettings | undefined
  /** Default: that of the processor. */
  readonly groupBy?: readonly string[] | undefined
}

/** Another waiting time for some requests. */
export interface OverrideSettings {
  readonly match: MatchSettings
  readonly hangingThresholdSeconds: number
}

/**
 * What users may say of requests, rules and groups, in whichever way spans come in: the keys of
 * `llm_alerting` in camel case. Absent = the default.
 */
export interface AlertingSettings extends WrittenThresholds {
  /** Of this deployment; first part of every dedup key. Default `spanpager`. */
  readonly name?: string | undefined
  /** Which spans are requests. Default `{ preset: 'auto' }`. */
  readonly requests?: RequestsChoice | undefined
  /** Regular expressions of the paths of LLM requests. */
  readonly llmRoutes?: readonly string[] | undefined
  /** Attributes of span or resource; one incident per rule and values. Default `service.name`. */
  readonly groupBy?: readonly string[] | undefined
  /** The general form; replaces the five threshold keys. */
  readonly rules?: readonly RuleSettings[] | undefined
  /** The first match counts. Default none. */
  readonly overrides?: readonly OverrideSettings[] | undefined
  /** A stream waits until its first chunk, or until it ends. Default `first_chunk`. */
  readonly hangingUntil?: RulesOptions['hangingUntil'] | undefined
  readonly outcomes?:
    | { readonly [Key in keyof OutcomeOptions]?: OutcomeOptions[Key] | undefined }
    | undefined
  /** Of all rules that do not say it themselves. Default: the window of each, at most 60,000. */
  readonly keepFiringForMs?: number | undefined
  /** Default 1,800,000 (30 min). */
  readonly noTrafficResolveAfterMs?: number | undefined
  /** Firing again so soon doubles `keepFiringForMs`; 0 = off. Default 600,000 (10 min). */
  readonly flapWindowMs?: number | undefined
  /** How long a span waits for the parent that says what it is. Default 10,000. */
  readonly decisionWaitMs?: number | undefined
  /** Older data is counted, never pages. Default 300,000 (5 min). */
  readonly maxLatenessMs?: number | undefined
  /** An open request older than that is no longer counted. Default 3,600,000 (1 h). */
  readonly maxOpenAgeMs?: number | undefined
  /** Take a local parent that does not come for an open request. Default false. */
  readonly inferOpen?: boolean | undefined
  /** Firing groups per rule; beyond, one roll-up. Default 20. */
  readonly maxIncidents?: number | undefined
  /** Beyond, they share `(other)`. Default 10,000. */
  readonly maxGroups?: number | undefined
}

export const DEFAULT_SETTINGS = {
  name: 'spanpager',
  preset: 'auto',
  groupBy: ['service.name'],
  hangingUntil: 'first_chunk',
  noTrafficResolveAfterMs: 1_800_000,
  flapWindowMs: 600_000,
  decisionWaitMs: 10_000,
  maxLatenessMs: 300_000,
  maxOpenAgeMs: 3_600_000,
  inferOpen: false,
  maxIncidents: 20,
  maxGroups: 10_000,
} as const satisfies AlertingSettings & { readonly preset: string }

/** What names of deployments look like. */
export const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,62}$/
export const RULE_NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/
/** Windows are exact up to so many requests; more cannot be told apart. */
export const MAX_COUNT = 10_000
export const MAX_GROUP_KEYS = 16
export const MIN_HANGING_SECONDS = 1e-7
