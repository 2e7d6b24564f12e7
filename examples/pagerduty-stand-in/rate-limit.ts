export interface RateLimit {
  /** Accepted events per routing key in any trailing 60 s; PagerDuty's own is about 120. */
  readonly perMinute: number
  /** Sent as Retry-After with the 429; absent = no such header, as PagerDuty mostly does. */
  readonly retryAfterSeconds?: number
}

const WINDOW_MS = 60_000

/** Counts accepted events per key; refused ones do not count. */
export class RateLimiter {
  readonly #perMinute: number
  readonly #taken = new Map<string, number[]>()

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  take(key: string, nowMs: number): boolean {
    const times = (this.#taken.get(key) ?? []).filter((time) => time > nowMs - WINDOW_MS)
    const allowed = times.length < this.#perMinute
    if (allowed) times.push(nowMs)
    this.#taken.set(key, times)
    return allowed
  }
}
