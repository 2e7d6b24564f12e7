import { SlotLists } from '../slot-lists.ts'
import { OPEN_FLAG, type OpenTable } from './open-table.ts'

/** Of each announcer its spans, longest unheard of first; lost ones apart. */
export class HeardLists {
  readonly #lists = new SlotLists()
  readonly #table: OpenTable

  constructor(table: OpenTable) {
    this.#table = table
  }

  /** It was heard of just now, or lost; its flags say which. */
  append(slot: number): void {
    this.#lists.append(this.#listOf(slot), slot)
  }

  /** Before its flags change. */
  remove(slot: number): void {
    this.#lists.remove(this.#listOf(slot), slot)
  }

  /** All of an announcer, in an order that depends on nothing but them. */
  of(announcer: number): number[] {
    const slots = [...this.#lists.slots(2 * announcer), ...this.#lists.slots(2 * announcer + 1)]
    return slots.toSorted((a, b) => this.#table.compare(a, b))
  }

  /** When that span of an announcer was heard of that is silent the longest, ms; one is not lost. */
  leastHeardMs(announcer: number): number {
    return this.#table.heardMs[this.#lists.first(2 * announcer)]!
  }

  #listOf(slot: number): number {
    const isLost = (this.#table.flags[slot]! & OPEN_FLAG.lost) !== 0
    return 2 * this.#table.announcer[slot]! + (isLost ? 1 : 0)
  }
}
