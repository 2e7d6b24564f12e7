import { SlotQueues } from '../slot-queues.ts'
import { NONE } from '../span-table.ts'
import { storeIds, type StoredIds } from '../stored.ts'
import { OpenTable } from './open-table.ts'

const MAX_CLOSED = 100_000
const CLOSED = 1

/** One of a snapshot: its ids, and when it was closed, ms. */
export type StoredClosed = readonly [ids: StoredIds, closedMs: number]

/**
 * Spans whose announcements ended without telling how they ended: an announcement that was overtaken
 * by that does not open them again. Bounded; the oldest are forgotten first.
 */
export class ClosedSpans {
  readonly #table: OpenTable
  readonly #queue = new SlotQueues(CLOSED)
  readonly #rememberMs: number

  constructor(hashSeed: number, rememberMs: number) {
    this.#table = new OpenTable(hashSeed)
    this.#rememberMs = rememberMs
  }

  has(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    return this.#table.size > 0 && this.#table.find(t0, t1, t2, t3, s0, s1) !== NONE
  }

  add(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number, nowMs: number): void {
    if (this.#table.find(t0, t1, t2, t3, s0, s1) !== NONE) return
    const slot = this.#table.add(t0, t1, t2, t3, s0, s1)
    if (slot === NONE) return
    this.#queue.push(CLOSED, slot, nowMs)
    if (this.#queue.length(CLOSED) > MAX_CLOSED) this.#forget(this.#queue.first(CLOSED))
  }

  /** Forgets what was closed long ago. */
  forget(nowMs: number): void {
    for (let slot = this.#queue.first(CLOSED); slot !== NONE; slot = this.#queue.first(CLOSED)) {
      if (nowMs - this.#queue.sinceMs[slot]! < this.#rememberMs) return
      this.#forget(slot)
    }
  }

  snapshot(): StoredClosed[] {
    const stored: StoredClosed[] = []
    for (let slot = this.#queue.first(CLOSED); slot !== NONE; slot = this.#queue.next(slot)) {
      stored.push([storeIds(this.#table.ids, slot), this.#queue.sinceMs[slot]!])
    }
    return stored
  }

  #forget(slot: number): void {
    this.#queue.remove(slot)
    this.#table.remove(slot)
  }
}
