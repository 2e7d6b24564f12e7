import type { OpenCounters } from '../../../model/engine.ts'
import { SlotQueues } from '../slot-queues.ts'
import { NONE, SpanTable } from '../span-table.ts'
import { LeakOrder } from './leak-order.ts'
import type { MissingParent } from './missing-parent.ts'

/**
 * | state          | the parent ...                                                              |
 * | -------------- | --------------------------------------------------------------------------- |
 * | `waiting`      | has not come; children came lately                                          |
 * | `revived`      | was `stale`, and its instance speaks again                                  |
 * | `stale`        | did not come in time, but neither did anything else of its instance         |
 * | `overdue`      | did not come in time, and nothing says that it is a request                 |
 * | `inferred`     | did not come in time: an open request                                       |
 * | `endedRequest` | came, and was a request                                                     |
 * | `endedOther`   | came, and was none                                                          |
 */
export const STATE = {
  waiting: 1,
  revived: 2,
  stale: 3,
  overdue: 4,
  endedRequest: 5,
  endedOther: 6,
  inferred: 7,
} as const

/** States have queues of their number. Both kinds of ended ones share theirs; inferred ones have none. */
const ENDED_QUEUE = STATE.endedRequest
const QUEUES = ENDED_QUEUE

const MAX_MISSING = 100_000
/** Of these, such as may still become open requests. */
const MAX_PER_SERVICE = 25_000
const MAX_PER_TRACE = 100
const MAX_ENDED = 200_000
/** How long late children of an ended parent are known as such. */
const ENDED_FOR_MS = 60_000
/** How long a parent may still come and show that its kind can be trusted. */
const OVERDUE_FOR_MS = 600_000

export interface ParentTableSetup {
  /** Any number, kept from senders; results do not depend on it. */
  readonly hashSeed: number
  /** When a request that started then is no longer counted, ms; `startNano` since the engine's epoch. */
  readonly leakMs: (startNano: number) => number
  readonly counters: Pick<OpenCounters, 'inferenceGivenUp'>
}

/** Parents of children: those that have not come, and for a while those that have. */
export class ParentTable {
  /** Found by their ids; those with children are chained per trace. */
  readonly spans: SpanTable
  readonly queues = new SlotQueues(QUEUES)
  readonly queueNumbers: readonly number[] = Array.from({ length: QUEUES }, (_, at) => at + 1)
  readonly parents = new Map<number, MissingParent>()
  readonly leaks = new LeakOrder()
  #missing = 0
  readonly #perService = new Map<string, number>()
  readonly #staleOf = new Map<string, Set<number>>()
  readonly #leakMs: (startNano: number) => number
  readonly #counters: Pick<OpenCounters, 'inferenceGivenUp'>

  constructor({ hashSeed, leakMs, counters }: ParentTableSetup) {
    this.spans = new SpanTable(hashSeed)
    this.#leakMs = leakMs
    this.#counters = counters
  }

  /** One of STATE; 0 = just added. */
  state(slot: number): number {
    return this.spans.state[slot]!
  }

  isEnded(slot: number): boolean {
    const state = this.state(slot)
    return state === STATE.endedRequest || state === STATE.endedOther
  }

  /** Children of it are known from now on. */
  keep(slot: number, parent: MissingParent): void {
    this.parents.set(slot, parent)
    this.spans.chain(slot)
    if (this.state(slot) !== 0) this.#enter(slot, this.state(slot), parent)
  }

  /** Puts it into a state, at the end of its queue. `told` must be there before it is inferred. */
  move(slot: number, state: number, nowMs: number): void {
    const parent = this.parents.get(slot)
    if (parent !== undefined) this.#leave(slot, parent)
    this.spans.state[slot] = state
    if (state === STATE.inferred) this.queues.remove(slot)
    else this.queues.push(Math.min(state, ENDED_QUEUE), slot, nowMs)
    if (parent !== undefined) this.#enter(slot, state, parent)
  }

  remove(slot: number): void {
    const parent = this.parents.get(slot)
    if (parent !== undefined) this.#leave(slot, parent)
    this.parents.delete(slot)
    this.queues.remove(slot)
    this.spans.remove(slot)
  }

  /** Parents that wait for this instance to speak, longest waiting first. */
  staleOf(instance: string): number[] {
    return [...(this.#staleOf.get(instance) ?? [])]
  }

  /** Other parents of the same trace that children are known of. */
  *siblings(slot: number): Generator<MissingParent> {
    const { spans } = this
    let other = spans.firstInTrace(slot)
    while (other !== NONE) {
      if (other !== slot && spans.sameTrace(other, slot)) yield this.parents.get(other)!
      other = spans.nextInTrace(other)
    }
  }

  /** It is waited for already, or its service has room for one more that is. */
  mayWait(slot: number, { service }: MissingParent): boolean {
    return this.state(slot) !== STATE.overdue || !this.#isFull(service)
  }

  /** May one more of this service be waited for? Makes room by giving up what is told least of. */
  makeRoom(service: string): boolean {
    if (this.#isFull(service)) {
      this.#counters.inferenceGivenUp += 1
      return false
    }
    while (this.#missing >= MAX_MISSING) {
      const slot = [STATE.overdue, STATE.stale, STATE.revived, STATE.waiting]
        .map((state) => this.queues.first(state))
        .find((first) => first !== NONE)
      this.#counters.inferenceGivenUp += 1
      if (slot === undefined) return false
      this.remove(slot)
    }
    return true
  }

  /** Has this trace as many parents as are looked at? Counts it as given up. */
  isTraceFull(slot: number): boolean {
    let known = 0
    for (const _ of this.siblings(slot)) known += 1
    if (known < MAX_PER_TRACE) return false
    this.#counters.inferenceGivenUp += 1
    return true
  }

  makeRoomForEnded(): void {
    if (this.queues.length(ENDED_QUEUE) < MAX_ENDED) return
    this.#counters.inferenceGivenUp += 1
    this.remove(this.queues.first(ENDED_QUEUE))
  }

  /** Lets go of what has been kept long enough. */
  forget(nowMs: number): void {
    this.#forgetQueue(ENDED_QUEUE, nowMs - ENDED_FOR_MS)
    this.#forgetQueue(STATE.overdue, nowMs - OVERDUE_FOR_MS)
    this.#forgetQueue(STATE.stale, nowMs - OVERDUE_FOR_MS)
  }

  #isFull(service: string): boolean {
    return (this.#perService.get(service) ?? 0) >= MAX_PER_SERVICE
  }

  #forgetQueue(queue: number, untilMs: number): void {
    let slot = this.queues.first(queue)
    while (slot !== NONE && this.queues.sinceMs[slot]! < untilMs) {
      this.remove(slot)
      slot = this.queues.first(queue)
    }
  }

  #enter(slot: number, state: number, parent: MissingParent): void {
    this.#count(slot, parent, 1)
    if (state === STATE.inferred) this.leaks.add(slot, this.#leakMs(parent.told!.startNano))
    if (state !== STATE.stale) return
    const stale = this.#staleOf.get(parent.instance)
    if (stale === undefined) this.#staleOf.set(parent.instance, new Set([slot]))
    else stale.add(slot)
  }

  #leave(slot: number, parent: MissingParent): void {
    const state = this.state(slot)
    if (state === 0) return
    this.#count(slot, parent, -1)
    if (state === STATE.inferred) this.leaks.remove(slot, this.#leakMs(parent.told!.startNano))
    if (state !== STATE.stale) return
    const stale = this.#staleOf.get(parent.instance)!
    stale.delete(slot)
    if (stale.size === 0) this.#staleOf.delete(parent.instance)
  }

  #count(slot: number, { service }: MissingParent, change: 1 | -1): void {
    if (this.isEnded(slot)) return
    this.#missing += change
    if (this.state(slot) === STATE.overdue) return
    const count = (this.#perService.get(service) ?? 0) + change
    if (count === 0) this.#perService.delete(service)
    else this.#perService.set(service, count)
  }
}
