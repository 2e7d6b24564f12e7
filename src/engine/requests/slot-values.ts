/** What slots have beside their columns: an array, since slots are small integers and reused. */
export class SlotValues<T> {
  readonly #values: (T | undefined)[] = []

  get(slot: number): T | undefined {
    return this.#values[slot]
  }

  set(slot: number, value: T): void {
    // Slots come in order, so that the array never has holes.
    while (this.#values.length < slot) this.#values.push(undefined)
    this.#values[slot] = value
  }

  delete(slot: number): void {
    if (slot < this.#values.length) this.#values[slot] = undefined
  }
}
