import type { RuleKind, Severity } from './alert.ts'

/** A test on group values: all conditions must hold. Patterns know `*` and `?`; see lib/glob.ts. */
export type ValueMatch = readonly {
  /** Index into the processor's group keys. */
  readonly key: number
  /** One of these must match; a missing value matches nothing. */
  readonly patterns: readonly string[]
}[]

/** One rule, complete: nothing later asks for a default. */
export interface RuleOptions {
  /** Unique among the processor's rules; part of dedup keys and a label of metrics. */
  readonly name: string
  readonly on: RuleKind
  /** Fires at so many requests; at least one of `count` and `ratio` is there, both = both must hold. */
  readonly count: number | undefined
  /** failed / (ok + failed), 0 to 1; needs `minRequests` in the window. */
  readonly ratio: number | undefined
  readonly minRequests: number
  readonly windowMs: number
  /** The condition must hold that long before it fires. */
  readonly forMs: number
  readonly keepFiringForMs: number
  readonly severity: Severity
  /** For `hangs`: the waiting time that makes a hang, in ns; at least 100. */
  readonly waitingNano: number
  /** For `hangs`: other waiting times for some requests; the first match counts. */
  readonly overrides: readonly { readonly match: ValueMatch; readonly waitingNano: number }[]
  /** Indexes into the processor's group keys. */
  readonly groupBy: readonly number[]
  /** Empty = every request. */
  readonly match: ValueMatch
}

/** Settings of the rules stage. Defaults: see docs of `llm_alerting`. */
export interface RulesOptions {
  /** Name of the deployment: first part of every dedup key. */
  readonly name: string
  /** Attribute keys of {@link GroupValues}, in order. */
  readonly groupKeys: readonly string[]
  readonly rules: readonly RuleOptions[]
  readonly hangingUntil: 'first_chunk' | 'end'
  readonly noTrafficResolveAfterMs: number
  /** 0 = off. */
  readonly flapWindowMs: number
  /** Firing groups per rule before the roll-up. */
  readonly maxIncidents: number
  readonly maxGroups: number
  /**
   * How old the end of a request that is not `late` may be when it is decided or revised, ms:
   * `max_lateness` and what deciding takes.
   */
  readonly maxEventAgeMs: number
  /** Changes with what selects, judges and groups requests; rules of a snapshot with another start empty. */
  readonly selectionFingerprint: string
}

/** Settings of the requests stage. */
export interface RequestsOptions {
  readonly decisionWaitMs: number
  readonly maxLatenessMs: number
  /** How long the ids of failed and slow spans are remembered. */
  readonly rememberMs: number
  /** How long the ids of all other spans are remembered, of candidates too. */
  readonly rememberOkMs: number
  readonly maxCandidates: number
  readonly maxDecided: number
  /** Waiting time from which a good request may be a hang and is remembered as one, ns. */
  readonly slowNano: number
  /** Open requests older than that are `leaked`: no longer counted. */
  readonly maxOpenAgeMs: number
  /** Open spans kept in all, and per service. */
  readonly maxOpen: number
  readonly maxOpenPerService: number
  /** Tell open requests from orphaned children. */
  readonly inferOpen: boolean
}
