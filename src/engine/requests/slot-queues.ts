import { NONE } from './span-table.ts'

/**
 * First-in-first-out queues over slots: who has waited longest, whose memory ends next. A slot is in
 * one queue at a time, so all queues share their columns. Every queue has one fixed waiting time,
 * which makes the order of entering the order of leaving: no timer wheel needed.
 */
export class SlotQueues {
  /** When the slot entered its queue, engine's time in ms. */
  sinceMs = new Float64Array(1024)
  #queue = new Uint8Array(1024)
  #next = new Int32Array(1024)
  #previous = new Int32Array(1024)
  readonly #first: number[] = []
  readonly #last: number[] = []
  readonly #length: number[] = []

  /** `count` queues, numbered from 1; 0 means "in none". */
  constructor(count: number) {
    for (let queue = 0; queue <= count; queue += 1) {
      this.#first.push(NONE)
      this.#last.push(NONE)
      this.#length.push(0)
    }
  }

  /** The queue the slot is in; 0 = none. */
  queueOf(slot: number): number {
    return this.#queue[slot] ?? 0
  }

  length(queue: number): number {
    return this.#length[queue]!
  }

  first(queue: number): number {
    return this.#first[queue]!
  }

  next(slot: number): number {
    return this.#next[slot]!
  }

  /** Puts the slot at the end of a queue, out of the one it was in. */
  push(queue: number, slot: number, nowMs: number): void {
    this.remove(slot)
    if (slot >= this.#queue.length) this.#grow(slot)
    const last = this.#last[queue]!
    this.#queue[slot] = queue
    this.#next[slot] = NONE
    this.#previous[slot] = last
    this.sinceMs[slot] = nowMs
    if (last === NONE) this.#first[queue] = slot
    else this.#next[last] = slot
    this.#last[queue] = slot
    this.#length[queue] = this.#length[queue]! + 1
  }

  remove(slot: number): void {
    const queue = this.queueOf(slot)
    if (queue === 0) return
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (previous === NONE) this.#first[queue] = next
    else this.#next[previous] = next
    if (next === NONE) this.#last[queue] = previous
    else this.#previous[next] = previous
    this.#queue[slot] = 0
    this.#length[queue] = this.#length[queue]! - 1
  }

  #grow(slot: number): void {
    let capacity = this.#queue.length * 2
    while (capacity <= slot) capacity *= 2
    const sinceMs = new Float64Array(capacity)
    sinceMs.set(this.sinceMs)
    this.sinceMs = sinceMs
    const queue = new Uint8Array(capacity)
    queue.set(this.#queue)
    this.#queue = queue
    const next = new Int32Array(capacity)
    next.set(this.#next)
    this.#next = next
    const previous = new Int32Array(capacity)
    previous.set(this.#previous)
    this.#previous = previous
  }
}
