import { cutTextTo } from '../../../lib/cut-text.ts'
import type { OpenCounters } from '../../../model/engine.ts'

/** Distinct traces from which on a kind of child may be trusted. */
const MIN_TRACES = 50
/** Share of its parents that arrived and were requests, and were told rightly. */
const MIN_RIGHT = 0.95
/** So many parents are remembered: beyond, old ones count half, so that a change shows. */
const MEMORY = 1000
const MAX_KINDS = 10_000
/** Long enough for a service that rests over a long weekend. */
const FORGET_AFTER_MS = 7 * 24 * 3_600_000
/** Longer names are equal if they begin alike. */
const MAX_NAME = 200

/** What the parents of one kind of child turned out to be. */
export interface Learned {
  /** Distinct traces in which that became known. */
  traces: number
  /** Parents of which it is known; halved now and then. */
  parents: number
  /** Of these, requests. */
  right: number
  seenMs: number
}

/**
 * Which kinds of children (service, scope, name) have a request for a parent. Learned from parents
 * that came; one that did not come in time is known too, as nothing.
 */
export class LearnedKinds {
  /** Least recently seen first. */
  readonly #kinds: Map<string, Learned>
  readonly #counters: Pick<OpenCounters, 'inferenceGivenUp'>

  constructor(
    counters: Pick<OpenCounters, 'inferenceGivenUp'>,
    kept: readonly (readonly [string, Learned])[] = [],
  ) {
    this.#counters = counters
    this.#kinds = new Map(kept.map(([key, learned]) => [key, { ...learned }]))
  }

  /** A child of that kind came. Returns its key. */
  see(service: string, scope: string, name: string, nowMs: number): string {
    const key = [service, scope, name].map((part) => cutTextTo(part, MAX_NAME)).join('\0')
    let learned = this.#kinds.get(key)
    if (learned === undefined) {
      this.#makeRoom(nowMs)
      learned = { traces: 0, parents: 0, right: 0, seenMs: nowMs }
    }
    learned.seenMs = nowMs
    this.#kinds.delete(key)
    this.#kinds.set(key, learned)
    return key
  }

  trusts(key: string): boolean {
    const learned = this.#kinds.get(key)
    if (learned === undefined || learned.traces < MIN_TRACES) return false
    return learned.right >= MIN_RIGHT * learned.parents
  }

  /** What became of one more parent is known. */
  addParent(key: string, firstOfTrace: boolean): void {
    const learned = this.#kinds.get(key)
    if (learned === undefined) return
    if (firstOfTrace) learned.traces += 1
    learned.parents += 1
    if (learned.parents > MEMORY) {
      learned.parents /= 2
      learned.right /= 2
    }
  }

  /** One of these parents was a request after all (1), or not (-1). */
  addRight(key: string, change: 1 | -1): void {
    const learned = this.#kinds.get(key)
    if (learned === undefined) return
    // A kind that was given up meanwhile began anew, and does not know the parent.
    learned.right = Math.min(learned.parents, Math.max(0, learned.right + change))
  }

  /** JSON-serialisable. */
  snapshot(): (readonly [string, Learned])[] {
    return [...this.#kinds].map(([key, learned]) => [key, { ...learned }])
  }

  #makeRoom(nowMs: number): void {
    for (const [key, { seenMs }] of this.#kinds) {
      const full = this.#kinds.size >= MAX_KINDS
      if (!full && seenMs + FORGET_AFTER_MS > nowMs) return
      if (full) this.#counters.inferenceGivenUp += 1
      this.#kinds.delete(key)
    }
  }
}
