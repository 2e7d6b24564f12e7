const WINDOW_MS = 60_000

/**
 * At most so many attempts in any trailing 60 s, both ends included, as the receiver sees them; no
 * spacing between them. When one arrived is not known: at some time between its start and its end,
 * which may be seconds. So each counts from its start until 60 s after its end.
 */
export class RateBudget {
  readonly #limit: number | undefined
  #inFlight = 0
  #endedMs: number[] = []

  constructor(limit: number | undefined) {
    this.#limit = limit
  }

  left(nowMs: number): number {
    if (this.#limit === undefined) return Infinity
    // A time after now was noted before the clock was set back; it says nothing any more.
    this.#endedMs = this.#endedMs.filter((ms) => ms >= nowMs - WINDOW_MS && ms <= nowMs)
    return Math.max(0, this.#limit - this.#inFlight - this.#endedMs.length)
  }

  began(): void {
    this.#inFlight += 1
  }

  ended(nowMs: number): void {
    this.#inFlight -= 1
    if (this.#limit !== undefined) this.#endedMs.push(nowMs)
  }

  /** When there will be more by time alone, ms; Infinity = not before an attempt ends. */
  moreAtMs(): number {
    return (this.#endedMs[0] ?? Infinity) + WINDOW_MS + 1
  }
}
