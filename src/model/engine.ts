import type { AlertChange, AlertStatus, HangEvidence } from './alert.ts'
import type { RecordsEntry, TickEntry } from './journal.ts'
import type { Outcome } from './outcome.ts'

/** Something that happened to open spans and is worth a line, though no alert follows. */
export interface EngineNotice {
  /** A process that had announced open spans fell silent altogether. */
  readonly kind: 'instance_lost'
  readonly service: string
  /** Empty = it has none. */
  readonly instance: string
  /** How many open spans it had. */
  readonly spans: number
}

/** Monotonic counts of the rules stage. */
export interface RulesCounters {
  /** Each request once, when it becomes a hang, however many rules it hangs for. */
  readonly hangs: Record<HangEvidence, number>
  /** A revision showed that it was none. */
  readonly hangsWithdrawn: Record<HangEvidence, number>
  /** Requests that were counted under `(other)`, once per rule, because `max_groups` was reached. */
  overflowed: number
  /** Failures and hangs given up because a window was full, once per rule. */
  givenUp: number
}

/** Why an announcement was not taken. */
export type AnnouncementFault =
  /** Older than `max_open_age` when first heard of, or a negative age. */
  | 'absurd_age'
  /** Said to start more than a minute from now, and no age is given. */
  | 'future_start'
  /** Said to have ended, and never heard of as open: its span will tell. */
  | 'closed_unknown'
  /** More than 1,000 open in one trace. */
  | 'trace_full'
  | 'service_full'
  | 'full'

/** What is known of open spans. */
export interface OpenCounters {
  /** Now: announced, of these lost, and of these leaked. */
  readonly open: { announced: number; lost: number; leaked: number; inferred: number }
  /** Monotonic: processes that died with open spans, and how many spans those had. */
  instancesLost: number
  spansOfLostInstances: number
  /** Monotonic: spans that became leaked. */
  leaked: number
  readonly faults: Record<AnnouncementFault, number>
  /** Monotonic: inferences made, and of these taken back because the parent arrived. */
  inferred: number
  inferredWrongly: number
  /** Monotonic: parents, ended ids and kinds of children given up because a bound was reached. */
  inferenceGivenUp: number
}

/** Monotonic counts since the engine was made; read by metrics. */
export interface EngineCounters {
  readonly rules: RulesCounters
  readonly open: OpenCounters
  readonly requests: Record<Outcome, number>
  /** Keys `from>to`, for instance `rejected>failed` or `failed>attempt`. */
  readonly revised: Map<string, number>
  /** Spans that came again. */
  duplicates: number
  /** Requests that ended longer than `max_lateness` ago when they came. */
  late: number
  /** Attempts whose request had not come within `decision_wait`. */
  attemptsDropped: number
  /** Candidates decided before their time because a bound was reached. */
  decidedEarly: number
  /** Remembered ids given up because a bound was reached. */
  idsForgotten: number
}

/**
 * The pure, deterministic state machine: records and time in, alert changes out. No clock, no I/O,
 * no timers. `advanceTo(a)` then `advanceTo(c)` gives what `advanceTo(c)` gives.
 */
export interface Engine {
  /** Takes the next entry of the journal. First advances to its time, then applies it. */
  apply(entry: RecordsEntry | TickEntry): readonly AlertChange[]
  /** Lets time pass, in ms since the Unix epoch; never goes back. */
  advanceTo(timeMs: number): readonly AlertChange[]
  /** When something may change by time alone, ms; undefined = never. */
  nextWakeMs(): number | undefined
  /** Does a candidate wait for this span? Words as in RecordBatch.ids, big-endian. */
  waitsFor(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean
  status(): readonly AlertStatus[]
  /** What happened since it was last asked; not part of the state. */
  takeNotices(): readonly EngineNotice[]
  readonly counters: EngineCounters
  /** JSON-serialisable; `createEngine(options, startMs, snapshot)` continues from it. */
  snapshot(): unknown
}
