/** What can be woken. */
export interface Sleeper {
  /** The earliest time at which it stands among the wakes; Infinity = at none. */
  queuedMs: number
}

interface Wake<T> {
  readonly timeMs: number
  readonly group: T
}

/**
 * When groups may change by time alone: a binary heap. A group stands in it with the earliest time
 * that was asked for; a time that has become too early costs one step that does nothing.
 */
export class Wakes<T extends Sleeper> {
  readonly #heap: Wake<T>[] = []

  get nextMs(): number {
    return this.#heap[0]?.timeMs ?? Infinity
  }

  get nextGroup(): T | undefined {
    return this.#heap[0]?.group
  }

  add(group: T, timeMs: number): void {
    if (timeMs >= group.queuedMs) return
    group.queuedMs = timeMs
    this.#heap.push({ timeMs, group })
    this.#rise(this.#heap.length - 1)
  }

  /** Takes the earliest off; undefined when a still earlier time of the group was taken before. */
  take(): T | undefined {
    const { timeMs, group } = this.#heap[0]!
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink()
    }
    if (group.queuedMs !== timeMs) return undefined
    group.queuedMs = Infinity
    return group
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!this.#swapIfEarlier(at, parent)) return
      at = parent
    }
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const earlier =
        right < this.#heap.length && this.#heap[right]!.timeMs < this.#heap[left]!.timeMs
          ? right
          : left
      if (!this.#swapIfEarlier(earlier, at)) return
      at = earlier
    }
  }

  /** Swaps a wake with its parent when it is earlier. */
  #swapIfEarlier(child: number, parent: number): boolean {
    const [lower, upper] = [this.#heap[child]!, this.#heap[parent]!]
    if (lower.timeMs >= upper.timeMs) return false
    this.#heap[child] = upper
    this.#heap[parent] = lower
    return true
  }
}
