import type { AlertChange, AlertStatus } from '../../model/alert.ts'
import type { RulesCounters } from '../../model/engine.ts'
import type { KnownRequest } from '../../model/record.ts'

/**
 * The second stage of the engine: keyed by rule and group. It keeps windows, alerts and episodes.
 *
 * Times are the engine's: `nowMs` in ms since the Unix epoch, never going back. Event times in a
 * request are ns since the engine's epoch, `epochMs`, which is given at creation; no end lies after
 * `nowMs`, and one older than `maxEventAgeMs` is `late`.
 *
 * A request that has not ended is no traffic and no failure; hang rules count it from start +
 * threshold until its answer begins, or as long as nobody knows, or until a window after it was lost.
 */
export interface Rules {
  /**
   * What is known of a request changed. No `before`: it is new. No `after`: it was an attempt of
   * another, or is open and watched no more (what was only inferred: was none). Both: it was revised (late evidence), made progress, was lost or
   * ended. What ended is never open again.
   */
  observe(before: KnownRequest | undefined, after: KnownRequest | undefined, nowMs: number): void
  /** To be called after all observations of an entry: changes are computed once per entry. */
  settle(nowMs: number): AlertChange[]
  /** Lets time pass. Gives what stepping through every moment in between would give. */
  advanceTo(nowMs: number): AlertChange[]
  /**
   * We were down until `nowMs` and live from then on: nothing resolves before a window of live data.
   * To be called before {@link advanceTo} with that time, since what was silent meanwhile was us.
   */
  restarted(nowMs: number): void
  /** When a change may happen by time alone, ms; undefined = never. */
  nextWakeMs(): number | undefined
  status(nowMs: number): AlertStatus[]
  readonly counters: RulesCounters
  /** Rules that started empty: they count something else than they did in the snapshot. */
  readonly warming: readonly string[]
  /** JSON-serialisable; to be taken between entries, not between `observe` and `settle`. */
  snapshot(): unknown
}
