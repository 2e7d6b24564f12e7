const WINDOW_MS = 60_000

/** At most so many attempts in any trailing 60 s, both ends included; no spacing between them. */
export class RateBudget {
  readonly #limit: number | undefined
  #spent: number[] = []

  constructor(limit: number | undefined) {
    this.#limit = limit
  }

  left(nowMs: number): number {
    if (this.#limit === undefined) return Infinity
    // A time after now was noted before the clock was set back; it says nothing any more.
    this.#spent = this.#spent.filter((timeMs) => timeMs >= nowMs - WINDOW_MS && timeMs <= nowMs)
    return Math.max(0, this.#limit - this.#spent.length)
  }

  spend(nowMs: number): void {
    if (this.#limit !== undefined) this.#spent.push(nowMs)
  }

  /** When there will be more than now, ms. */
  moreAtMs(nowMs: number): number {
    return (this.#spent[0] ?? nowMs) + WINDOW_MS + 1
  }
}
