import { SlotLists } from './slot-lists.ts'

/**
 * First-in-first-out queues over slots: who has waited longest, whose memory ends next. A slot is in
 * one queue at a time, so all queues share their columns. Every queue has one fixed waiting time,
 * which makes the order of entering the order of leaving: no timer wheel needed.
 */
export class SlotQueues {
  /** When the slot entered its queue, engine's time in ms. */
  sinceMs = new Float64Array(1024)
  #queue = new Uint8Array(1024)
  readonly #lists = new SlotLists()
  readonly #length: number[] = []

  /** `count` queues, numbered from 1; 0 means "in none". */
  constructor(count: number) {
    for (let queue = 0; queue <= count; queue += 1) this.#length.push(0)
  }

  /** The queue the slot is in; 0 = none. */
  queueOf(slot: number): number {
    return this.#queue[slot] ?? 0
  }

  length(queue: number): number {
    return this.#length[queue]!
  }

  first(queue: number): number {
    return this.#lists.first(queue)
  }

  next(slot: number): number {
    return this.#lists.next(slot)
  }

  /** Puts the slot at the end of a queue, out of the one it was in. */
  push(queue: number, slot: number, nowMs: number): void {
    this.remove(slot)
    if (slot >= this.#queue.length) this.#grow(slot)
    this.#queue[slot] = queue
    this.sinceMs[slot] = nowMs
    this.#lists.append(queue, slot)
    this.#length[queue] = this.#length[queue]! + 1
  }

  remove(slot: number): void {
    const queue = this.queueOf(slot)
    if (queue === 0) return
    this.#lists.remove(queue, slot)
    this.#queue[slot] = 0
    this.#length[queue] = this.#length[queue]! - 1
  }

  #grow(slot: number): void {
    const capacity = 2 * slot
    const sinceMs = new Float64Array(capacity)
    sinceMs.set(this.sinceMs)
    this.sinceMs = sinceMs
    const queue = new Uint8Array(capacity)
    queue.set(this.#queue)
    this.#queue = queue
  }
}
