import type { Outcome, RequestFacts } from './outcome.ts'
import type { GroupValues, RecordRole } from './record.ts'
import type { Span } from './span.ts'

/**
 * What a span is, judged from itself alone. A span that matches nothing is a `link` (local parent),
 * an `end` (no local parent), or a `void` (an entry point its preset ignores); those become records
 * only when a candidate waits for them.
 */
export interface SpanClass {
  readonly role: RecordRole
  /** Name of the preset that judged it; empty when none did. */
  readonly preset: string
}

/** The rest of what a record holds of a matching span. */
export interface Judgement {
  readonly outcome: Outcome
  /** What it becomes when an attempt below shows an upstream error. */
  readonly outcomeIfUpstream: Outcome
  /** What an `unsure` root becomes with its sign. */
  readonly outcomeIfSigned: Outcome
  /** Bits of EVIDENCE. */
  readonly evidence: number
  /** Integer, from the span's start; -1 = unknown. */
  readonly firstChunkNano: number
  readonly facts: RequestFacts
  readonly group: GroupValues
}

export interface Selection {
  /** Allocates nothing: the classes are constants. */
  classify(span: Span): SpanClass
  /**
   * A span that matches no preset is judged by the last one, for the sake of what others say of it.
   * `slow`: it may be a hang. Of a request that ended ok in time nothing is ever told, so its facts are
   * left empty.
   */
  judge(span: Span, spanClass: SpanClass, slow: boolean): Judgement
}
