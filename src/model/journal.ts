import type { AlertChange } from './alert.ts'
import type { ChildBatch, OpenBatch, RecordBatch } from './record.ts'

/**
 * The journal: one append-only log. Everything the engine and the outbox know can be rebuilt from
 * it, and what is acknowledged to a sender is in it.
 *
 * | entry      | written by | means                                                   |
 * | ---------- | ---------- | ------------------------------------------------------- |
 * | `records`  | host       | spans arrived                                           |
 * | `tick`     | host       | time alone changed something, or something happened to us |
 * | `changes`  | host       | what the engine made of the entry at `cause`            |
 * | `delivery` | delivery   | what became of an attempt to deliver an event           |
 */
export type JournalEntry = RecordsEntry | TickEntry | ChangesEntry | DeliveryEntry

interface HostEntry {
  /** Id of the alerting processor, `llm_alerting[/name]`. */
  readonly processor: string
  /** Engine's time: max(last logged, wall clock), ms since the Unix epoch. */
  readonly timeMs: number
}

/** What a processor makes of one OTLP request. */
export interface Arrivals {
  readonly records: RecordBatch
  /** Announcements of open spans that came with them. */
  readonly opens?: OpenBatch
  /** Only where `infer_open` is on. */
  readonly children?: ChildBatch
}

export interface RecordsEntry extends HostEntry, Arrivals {
  readonly kind: 'records'
}

export interface TickEntry extends HostEntry {
  readonly kind: 'tick'
  /**
   * `due`: the engine asked to be woken. The others restart leases: our start, traffic we refused,
   * our own tick more than 5 s late.
   */
  readonly reason: 'due' | 'started' | 'refused' | 'paused'
}

export interface ChangesEntry extends HostEntry {
  readonly kind: 'changes'
  /** Position of the entry that caused them. */
  readonly cause: number
  readonly changes: readonly AlertChange[]
}

export interface DeliveryEntry {
  readonly kind: 'delivery'
  readonly timeMs: number
  readonly event: EventId
  /** Id of the exporter, for instance `pagerduty`. */
  readonly exporter: string
  readonly result: 'delivered' | 'rejected' | 'dropped'
  /**
   * Only with a trigger that was rejected or dropped: an earlier attempt may have been taken, so its
   * resolve is owed all the same.
   */
  readonly mayHaveOpened?: true
}

/** An event is named by the entry that caused it and its index among that entry's changes. */
export interface EventId {
  readonly position: number
  readonly index: number
}

interface Appended {
  /** Position of the entry, given at once, strictly increasing. */
  readonly position: number
  /** Resolves when the entry is as safe as this journal makes it; rejects when it is not. */
  readonly committed: Promise<void>
}

export interface Journal {
  append(entry: JournalEntry): Appended
  /** Resolves when everything appended so far is committed. */
  flush(): Promise<void>
}
