import type { DecidedRequest, OpenRequest } from '../../model/record.ts'
import type { RequestsOptions } from '../../model/rule.ts'
import type { Attempt, Detail } from './fold.ts'
import { Forest } from './forest.ts'
import { wordsToHex } from './hex.ts'
import { SlotQueues } from './slot-queues.ts'
import { SlotValues } from './slot-values.ts'
import { AWAITED } from './roles.ts'
import { NONE, SpanTable } from './span-table.ts'

/** What becomes of a span. */
export const FATE = {
  /** Not decided yet. */
  open: 0,
  /** It counts as a request. */
  decided: 1,
  /** It counts as nothing: an attempt, dropped, ignored, or only a link. */
  done: 2,
} as const

/**
 * What a slot waits for: its decision (`waiting`), the end of the time in which late evidence may
 * still revise it (`fresh`), or to be forgotten. A slot in no queue is held by what is below it.
 */
export const QUEUE = { waiting: 1, fresh: 2, good: 3, notable: 4 } as const

/** A decided request about which something may still change. */
export interface Decided {
  readonly request: DecidedRequest
  readonly outcomeIfUpstream: Detail['outcomeIfUpstream']
  readonly decidedMs: number
  /** Decided without its parent, which may still come and replace it. */
  readonly early: boolean
}

/**
 * All spans the stage knows: their ids and times, who is below whom, what is kept of each, and when
 * it is forgotten. Slots with something below outlive their time; the bound outranks that.
 */
export class SpanMemory {
  readonly table: SpanTable
  readonly forest = new Forest()
  readonly queues = new SlotQueues(4)
  readonly details = new SlotValues<Detail>()
  readonly decided = new Map<number, Decided>()
  /** Requests decided early, still replaceable. */
  readonly early = new Set<number>()
  /** What rules were told while it was open, until it is decided. */
  readonly open = new Map<number, OpenRequest>()
  readonly #options: RequestsOptions

  constructor(options: RequestsOptions, seed: number) {
    this.#options = options
    this.table = new SpanTable(seed)
  }

  /** Remembers a span whose fate is known, from now on, for as long as its kind is remembered. */
  remember(slot: number, nowMs: number): void {
    const queue = this.table.notable[slot] === 1 ? QUEUE.notable : QUEUE.good
    this.queues.push(queue, slot, nowMs)
  }

  /** The slot is a request now. */
  keepDecided(slot: number, decided: Omit<Decided, 'decidedMs'>, nowMs: number): void {
    const { request, early } = decided
    const notable = request.outcome !== 'ok' || request.durationNano >= this.#options.slowNano
    this.table.state[slot] = FATE.decided
    this.table.notable[slot] = notable ? 1 : 0
    if (!notable && !early) {
      this.queues.push(QUEUE.good, slot, nowMs)
      return
    }
    this.decided.set(slot, { ...decided, decidedMs: nowMs })
    if (early) this.early.add(slot)
    this.queues.push(QUEUE.fresh, slot, nowMs)
  }

  /** Decided early, rightly as it turns out. */
  confirm(slot: number): void {
    const decided = this.decided.get(slot)
    if (decided === undefined) return
    this.early.delete(slot)
    this.details.delete(slot)
    this.decided.set(slot, { ...decided, early: false })
  }

  /** The slot of a span that has not come yet, made if need be. */
  awaited(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    const slot = this.table.find(t0, t1, t2, t3, s0, s1)
    return slot === NONE ? this.table.add(t0, t1, t2, t3, s0, s1) : slot
  }

  /** Places a slot below another; a former parent that nobody waits for any more goes. */
  attach(child: number, parent: number): void {
    const before = this.forest.parent(child)
    this.forest.detach(child)
    this.forest.attach(child, parent)
    if (before !== NONE) this.#freeIfUnused(before)
    this.#freeIfUnused(parent)
  }

  /** Lets go of what has been remembered long enough. */
  forget(nowMs: number): void {
    // Evidence that came in time may be folded one decision_wait later, by the rule of time.
    const freshMs = 2 * this.#options.decisionWaitMs
    for (
      let slot = this.queues.first(QUEUE.fresh);
      slot !== NONE && this.queues.sinceMs[slot]! + freshMs <= nowMs;
      slot = this.queues.first(QUEUE.fresh)
    ) {
      if (!this.early.has(slot)) this.decided.delete(slot)
      this.remember(slot, nowMs)
    }
    this.#forgetQueue(QUEUE.good, nowMs - this.#options.rememberOkMs)
    this.#forgetQueue(QUEUE.notable, nowMs - this.#options.rememberMs)
  }

  /** Makes room for one more span; returns how many were forgotten for it. Good ones go first. */
  makeRoom(): number {
    let forgotten = 0
    while (this.table.size >= this.#options.maxDecided) {
      let slot = this.queues.first(QUEUE.good)
      if (slot === NONE) slot = this.queues.first(QUEUE.notable)
      if (slot === NONE) slot = this.queues.first(QUEUE.fresh)
      if (slot === NONE) break
      for (let child = this.forest.firstChild(slot); child !== NONE;) {
        const next = this.forest.nextSibling(child)
        this.forest.detach(child)
        this.#freeIfUnused(child)
        child = next
      }
      this.queues.remove(slot)
      this.#freeIfUnused(slot)
      forgotten += 1
    }
    return forgotten
  }

  /** The span as an attempt of some request. */
  attempt(slot: number, detail: Detail): Attempt {
    const endNano = this.table.endNano[slot]!
    return {
      detail,
      startNano: endNano - this.table.durationNano[slot]!,
      endNano,
      spanId: this.spanId(slot),
    }
  }

  /** 32 hex digits. */
  traceId(slot: number): string {
    return wordsToHex(this.table.ids, slot * 6, 4)
  }

  /** 16 hex digits. */
  spanId(slot: number): string {
    return wordsToHex(this.table.ids, slot * 6 + 4, 2)
  }

  #forgetQueue(queue: number, untilMs: number): void {
    let slot = this.queues.first(queue)
    while (slot !== NONE && this.queues.sinceMs[slot]! <= untilMs) {
      this.queues.remove(slot)
      this.#freeIfUnused(slot)
      slot = this.queues.first(queue)
    }
  }

  /** Frees a slot that is in no queue and has nothing below it, then its parent if that was all. */
  #freeIfUnused(slot: number): void {
    let at = slot
    while (at !== NONE && this.#isUnused(at)) {
      const parent = this.forest.parent(at)
      this.forest.detach(at)
      this.table.remove(at)
      this.details.delete(at)
      this.decided.delete(at)
      this.early.delete(at)
      this.open.delete(at)
      at = parent
    }
  }

  #isUnused(slot: number): boolean {
    const { table, queues, forest } = this
    if (queues.queueOf(slot) !== 0 || forest.firstChild(slot) !== NONE) return false
    // One that has come and is not decided yet is about to be.
    return table.role[slot] === AWAITED || table.state[slot] !== FATE.open
  }
}
