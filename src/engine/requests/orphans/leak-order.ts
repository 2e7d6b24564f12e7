/**
 * Slots by the time at which they leak, earliest first; of one time, in the order of adding. A plain
 * sorted list: what is inferred later mostly leaks later, so nearly all is added at its end.
 */
export class LeakOrder {
  readonly #slots: number[] = []
  readonly #leakMs: number[] = []

  get slots(): readonly number[] {
    return this.#slots
  }

  /** Infinity = there is none. */
  get nextMs(): number {
    return this.#leakMs[0] ?? Infinity
  }

  add(slot: number, leakMs: number): void {
    const at = this.#firstAfter(leakMs)
    this.#slots.splice(at, 0, slot)
    this.#leakMs.splice(at, 0, leakMs)
  }

  /** `leakMs` as it was added. */
  remove(slot: number, leakMs: number): void {
    let at = this.#firstAfter(leakMs) - 1
    while (this.#slots[at] !== slot) at -= 1
    this.#slots.splice(at, 1)
    this.#leakMs.splice(at, 1)
  }

  #firstAfter(leakMs: number): number {
    let low = 0
    let high = this.#leakMs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#leakMs[middle]! <= leakMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
