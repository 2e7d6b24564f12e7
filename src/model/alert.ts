/**
 * Alert changes: what the engine says to the outside.
 *
 * | change     | when                                      | leads to      |
 * | ---------- | ----------------------------------------- | ------------- |
 * | `firing`   | an episode begins                         | a trigger     |
 * | `resolved` | it ends                                   | a resolve     |
 */

export type RuleKind = 'failures' | 'hangs'
export type Severity = 'critical' | 'error' | 'warning' | 'info'

/** Why a hang is believed, strongest first. */
export type HangEvidence = 'announced' | 'lost' | 'ended' | 'inferred'

/**
 * What kind of hang: nothing came yet; something came and then nothing for as long as makes a hang;
 * or the answer goes on and on.
 */
export type HangKind = 'no_first_token' | 'stalled' | 'running'

/** A value and how often it was seen, most frequent first in a list. */
export interface Counted {
  readonly value: string
  readonly count: number
}

/** What identifies an episode: one rule, one group, from firing to resolved. */
export interface EpisodeRef {
  /** Stable over restarts; at most 255 characters. */
  readonly dedupKey: string
  /** Name of the deployment. */
  readonly name: string
  readonly rule: string
  readonly ruleKind: RuleKind
  readonly severity: Severity
  /** Attribute and value, in the order of `group_by`; empty for the roll-up. */
  readonly group: readonly { readonly key: string; readonly value: string }[]
  /** This episode stands for all groups beyond `max_incidents`. */
  readonly rollUp: boolean
  /** Engine's time, ms since the Unix epoch. */
  readonly firedAtMs: number
}

/** The numbers and names behind a page. All counts are of the rule's window. */
export interface AlertFacts {
  /** Failed or hanging requests now. */
  readonly count: number
  /** The true count may be higher: the window is full. */
  readonly atLeast: boolean
  /** Absent when the rule has a ratio only. */
  readonly threshold?: number
  readonly windowMs: number
  /** failed / (ok + failed) in the window; absent when there were none. */
  readonly ratio?: number
  readonly ratioThreshold?: number
  /** ok + failed in the window. */
  readonly requests: number
  /** For hangs: the waiting time that makes one. */
  readonly waitingMs?: number
  readonly errorTypes: readonly Counted[]
  /** HTTP statuses of the requests counted, as far as they have one. */
  readonly httpStatuses: readonly Counted[]
  readonly models: readonly Counted[]
  readonly providers: readonly Counted[]
  readonly teams: readonly Counted[]
  readonly keyAliases: readonly Counted[]
  readonly services: readonly Counted[]
  readonly evidence: readonly { readonly value: HangEvidence; readonly count: number }[]
  /** Kinds among the requests that are still open. */
  readonly hangKinds: readonly { readonly value: HangKind; readonly count: number }[]
  /** Of `count`, how many have not ended. */
  readonly open: number
  /** Up to 5 trace ids, 32 hex digits. */
  readonly sampleTraceIds: readonly string[]
  /** Longest waiting time among the hanging requests. */
  readonly oldestWaitingMs?: number
  /** Event time of the earliest request counted, ms since the Unix epoch. */
  readonly firstSeenMs: number
  /** Arrival of the deciding span minus its event time. */
  readonly detectionLagMs: number
  /** Requests of the rule that came too late to count. */
  readonly late: number
  /** For the roll-up: how many groups it stands for, and the worst of them. */
  readonly rolledUp?: { readonly groups: number; readonly worst: readonly Counted[] }
}

export type AlertChange =
  | { readonly kind: 'firing'; readonly episode: EpisodeRef; readonly facts: AlertFacts }
  | {
      readonly kind: 'resolved'
      readonly episode: EpisodeRef
      readonly resolvedAtMs: number
      /** Highest count while it was firing. */
      readonly peak: number
      /** Distinct requests counted from firing to resolved. */
      readonly total: number
      readonly reason: 'recovered' | 'no_traffic' | 'rule_removed'
    }

/** State of one rule and group, for `/alerts` and the gauges. */
export interface AlertStatus {
  readonly rule: string
  readonly ruleKind: RuleKind
  readonly group: readonly { readonly key: string; readonly value: string }[]
  readonly state: 'inactive' | 'pending' | 'firing' | 'recovering'
  /** Engine's time of the last change of state, ms. */
  readonly sinceMs: number
  readonly count: number
  readonly threshold?: number
  readonly ratio?: number
  readonly ratioThreshold?: number
  readonly windowMs: number
  readonly inRollUp: boolean
  /** The open episode, if any. */
  readonly dedupKey?: string
}
