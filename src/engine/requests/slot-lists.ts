import { NONE } from './span-table.ts'

/** Any number of lists over slots, each slot in one at most; in the order of entering. */
export class SlotLists {
  #next = new Int32Array(1024)
  #previous = new Int32Array(1024)
  readonly #first: number[] = []
  readonly #last: number[] = []

  /** {@link NONE} = the list is empty. */
  first(list: number): number {
    return this.#first[list] ?? NONE
  }

  /** {@link NONE} = the slot is the last of its list. */
  next(slot: number): number {
    return this.#next[slot]!
  }

  /** All slots of a list, as they are now. */
  slots(list: number): number[] {
    const slots: number[] = []
    for (let slot = this.first(list); slot !== NONE; slot = this.#next[slot]!) slots.push(slot)
    return slots
  }

  /** Puts a slot that is in no list at the end of one. */
  append(list: number, slot: number): void {
    if (slot >= this.#next.length) this.#grow(slot)
    const last = this.#last[list] ?? NONE
    this.#next[slot] = NONE
    this.#previous[slot] = last
    if (last === NONE) this.#first[list] = slot
    else this.#next[last] = slot
    this.#last[list] = slot
  }

  /** Takes a slot out of the list it is in. */
  remove(list: number, slot: number): void {
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (previous === NONE) this.#first[list] = next
    else this.#next[previous] = next
    if (next === NONE) this.#last[list] = previous
    else this.#previous[next] = previous
  }

  #grow(slot: number): void {
    const capacity = 2 * slot
    const next = new Int32Array(capacity)
    next.set(this.#next)
    this.#next = next
    const previous = new Int32Array(capacity)
    previous.set(this.#previous)
    this.#previous = previous
  }
}
