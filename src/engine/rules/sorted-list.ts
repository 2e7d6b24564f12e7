/** So many are taken out of a list one by one; more, by going through it once. */
const FEW = 16

/** A list that is kept in order. New items come last mostly, and are found and added there fast. */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number
  #items: T[]

  constructor(compare: (a: T, b: T) => number, items: readonly T[]) {
    this.#compare = compare
    this.#items = items.toSorted(compare)
  }

  get items(): readonly T[] {
    return this.#items
  }

  add(item: T): void {
    const at = this.#position(item)
    if (at === this.#items.length) this.#items.push(item)
    else this.#items.splice(at, 0, item)
  }

  /** The item that is the same in order; undefined = there is none. */
  find(item: T): T | undefined {
    const found = this.#items[this.#position(item)]
    return found !== undefined && this.#compare(found, item) === 0 ? found : undefined
  }

  /** Takes out items that are there. */
  remove(items: readonly T[]): void {
    if (items.length <= FEW) {
      for (const item of items) this.#items.splice(this.#position(item), 1)
      return
    }
    const removed = new Set(items)
    this.#items = this.#items.filter((item) => !removed.has(item))
  }

  /** Takes out the first so many. */
  shift(count: number): T[] {
    return this.#items.splice(0, count)
  }

  /** The first index from which a test holds on; the length if it never does. */
  firstIndex(test: (item: T) => boolean): number {
    return firstIndex(this.#items, test)
  }

  #position(item: T): number {
    return firstIndex(this.#items, (one) => this.#compare(one, item) >= 0)
  }
}

export function firstIndex<T>(items: readonly T[], test: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  if (high > 0 && !test(items[high - 1]!)) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(items[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
