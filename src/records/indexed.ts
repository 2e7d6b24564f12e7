/** A list in which the same object stands once. */
export class Indexed<T> {
  readonly list: T[] = []
  readonly #indexes = new Map<unknown, number>()

  /** `key`: what makes a value the same, if not the value itself. */
  of(value: T, key: unknown = value): number {
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    const index = this.list.push(value) - 1
    this.#indexes.set(key, index)
    return index
  }
}
