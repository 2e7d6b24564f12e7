import type { HangEvidence } from '../../model/alert.ts'
import type { RulesCounters } from '../../model/engine.ts'
import type { KnownRequest } from '../../model/record.ts'
import { type Sleeper, Wakes } from './wakes.ts'

/** A request that is open. */
interface Open extends Sleeper {
  /** When it becomes a hang for the first of the rules, ms; Infinity = it is counted, or gone. */
  dueMs: number
  /** Why it is believed now. */
  evidence: HangEvidence
  /** Why it was believed when it was counted; undefined = it is not. */
  counted: HangEvidence | undefined
}

/** A hang that was open when it became known. */
interface Ended {
  readonly counted: HangEvidence
  /** Until when it may be revised, ms. */
  readonly forgetMs: number
}

export interface SavedHangCounts {
  readonly open: readonly (readonly [
    id: string,
    evidence: HangEvidence,
    dueMs: number | null,
    counted: HangEvidence | null,
  ])[]
  readonly ended: readonly (readonly [id: string, counted: HangEvidence, forgetMs: number])[]
}

export const NO_HANG_COUNTS: SavedHangCounts = { open: [], ended: [] }

/** Beyond so many, a hang that is known before its end is counted at its end. */
const MAX_TRACKED = 100_000

/**
 * Counts each request once when it becomes a hang, however many rules it hangs for, and takes none
 * back in silence. What is not open is counted when it becomes known; what is, when its time has
 * come, by what is known of it then.
 */
export class HangCounts {
  readonly #counters: Pick<RulesCounters, 'hangs' | 'hangsWithdrawn'>
  readonly #forgetAfterMs: number
  /** By ids. */
  readonly #open = new Map<string, Open>()
  /** By ids, in the order of {@link Ended.forgetMs}. */
  readonly #ended = new Map<string, Ended>()
  readonly #wakes = new Wakes<Open>()

  constructor(
    counters: Pick<RulesCounters, 'hangs' | 'hangsWithdrawn'>,
    forgetAfterMs: number,
    saved: SavedHangCounts,
  ) {
    this.#counters = counters
    this.#forgetAfterMs = forgetAfterMs
    for (const [id, evidence, savedMs, counted] of saved.open) {
      const dueMs = savedMs ?? Infinity
      const open = { queuedMs: Infinity, dueMs, evidence, counted: counted ?? undefined }
      this.#open.set(id, open)
      this.#wakes.add(open, dueMs)
    }
    for (const [id, counted, forgetMs] of saved.ended) this.#ended.set(id, { counted, forgetMs })
  }

  /** When the next becomes a hang; Infinity = none does by time alone. */
  get nextMs(): number {
    for (let next = this.#wakes.nextGroup; next !== undefined; next = this.#wakes.nextGroup) {
      const atMs = this.#wakes.nextMs
      if (next.queuedMs === atMs && next.dueMs === atMs) return atMs
      // It was asked for too early, or for what is none any more.
      this.#wakes.take()
      this.#wakes.add(next, next.dueMs)
    }
    return Infinity
  }

  advanceTo(nowMs: number): void {
    while (this.nextMs <= nowMs) this.#count(this.#wakes.take()!)
    for (const [id, { forgetMs }] of this.#ended) {
      if (forgetMs > nowMs && this.#ended.size <= MAX_TRACKED) break
      this.#ended.delete(id)
    }
  }

  /** It is a hang that was open when it became known, and it is not forgotten yet. */
  wasOpen({ traceId, spanId }: KnownRequest): boolean {
    if (this.#isEmpty) return false
    return this.#open.has(traceId + spanId) || this.#ended.has(traceId + spanId)
  }

  /**
   * What is known of a request changed. `hung`: it was a hang by what was known before. `hangsFromMs`:
   * when it becomes one by what is known now, undefined = never.
   */
  note(
    before: KnownRequest | undefined,
    hung: boolean,
    after: KnownRequest | undefined,
    hangsFromMs: number | undefined,
    nowMs: number,
  ): void {
    // The common case: it hangs neither way, and nothing is known to be open.
    if (!hung && hangsFromMs === undefined && this.#isEmpty) return
    const id = idOf((after ?? before)!)
    const open = this.#open.get(id)
    const ended = this.#ended.get(id)
    const counted =
      (open ?? ended)?.counted ?? (hung && isCountedAtOnce(before) ? 'ended' : undefined)
    if (after?.state === 'open' && hangsFromMs !== undefined) {
      this.#noteOpen(id, hangsFromMs, after.evidence, nowMs)
      return
    }
    if (open !== undefined) {
      open.dueMs = Infinity
      this.#open.delete(id)
    }
    if (after === undefined || hangsFromMs === undefined) {
      this.#ended.delete(id)
      const isWithdrawn = counted !== undefined && !isGone(before, after)
      if (isWithdrawn) this.#counters.hangsWithdrawn[counted] += 1
      return
    }
    if (counted === undefined) this.#counters.hangs.ended += 1
    if (before?.state === 'open') {
      this.#ended.set(id, { counted: counted ?? 'ended', forgetMs: nowMs + this.#forgetAfterMs })
    }
  }

  get #isEmpty(): boolean {
    return this.#open.size === 0 && this.#ended.size === 0
  }

  save(): SavedHangCounts {
    return {
      open: Array.from(this.#open, ([id, { dueMs, evidence, counted }]) => {
        return [id, evidence, dueMs === Infinity ? null : dueMs, counted ?? null] as const
      }),
      ended: Array.from(this.#ended, ([id, { counted, forgetMs }]) => {
        return [id, counted, forgetMs] as const
      }),
    }
  }

  #noteOpen(id: string, dueMs: number, evidence: HangEvidence, nowMs: number): void {
    const known = this.#open.get(id)
    if (known === undefined && this.#open.size >= MAX_TRACKED) return
    const open = known ?? { queuedMs: Infinity, dueMs, evidence, counted: undefined }
    this.#open.set(id, open)
    open.evidence = evidence
    if (open.counted !== undefined) return
    open.dueMs = dueMs
    if (dueMs <= nowMs) this.#count(open)
    else this.#wakes.add(open, dueMs)
  }

  #count(open: Open): void {
    open.counted = open.evidence
    open.dueMs = Infinity
    this.#counters.hangs[open.evidence] += 1
  }
}

/**
 * Nobody watches it any more: that shows nothing about the time until then. What was only inferred was
 * wrong.
 */
export function isGone(before: KnownRequest | undefined, after: KnownRequest | undefined): boolean {
  return after === undefined && before?.state === 'open' && before.evidence !== 'inferred'
}

/** Late ones never count, but for those that were open: these are tracked. */
function isCountedAtOnce(request: KnownRequest | undefined): boolean {
  return request?.state === 'ended' && !request.late
}

function idOf({ traceId, spanId }: KnownRequest): string {
  return traceId + spanId
}
