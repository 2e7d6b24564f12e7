/** Values kept once however many slots have them, for as long as one has. */
export class SharedValues<T> {
  readonly #values: (T | undefined)[] = []
  readonly #keys: string[] = []
  readonly #uses: number[] = []
  readonly #indexes = new Map<string, number>()
  readonly #free: number[] = []

  /** The index of a value, told from others by its key; one more use of it. */
  use(key: string, make: () => T): number {
    const known = this.#indexes.get(key)
    if (known !== undefined) {
      this.#uses[known] = this.#uses[known]! + 1
      return known
    }
    const index = this.#free.pop() ?? this.#values.length
    this.#values[index] = make()
    this.#keys[index] = key
    this.#uses[index] = 1
    this.#indexes.set(key, index)
    return index
  }

  /** undefined = nobody uses it. */
  indexOf(key: string): number | undefined {
    return this.#indexes.get(key)
  }

  get(index: number): T {
    return this.#values[index]!
  }

  usesOf(index: number): number {
    return this.#uses[index]!
  }

  /** One use less. */
  release(index: number): void {
    this.#uses[index] = this.#uses[index]! - 1
    if (this.#uses[index] !== 0) return
    this.#indexes.delete(this.#keys[index]!)
    this.#values[index] = undefined
    this.#free.push(index)
  }

  *values(): Generator<readonly [number, T]> {
    for (const index of this.#indexes.values()) yield [index, this.#values[index]!]
  }
}
