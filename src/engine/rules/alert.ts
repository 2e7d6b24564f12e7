import type { AlertStatus } from '../../model/alert.ts'
import type { RuleOptions } from '../../model/rule.ts'

/** Longest time to which flapping stretches `keep_firing_for`, ms. */
const MAX_STRETCHED_MS = 30 * 60_000

/** `momentary`: it was true, and from this moment on it is false. */
export type Truth = 'true' | 'momentary' | 'false'

export interface SavedAlert {
  readonly state: AlertStatus['state']
  readonly sinceMs: number
  readonly okSeen: number
  readonly flaps: number
  readonly resolvedAtMs?: number
}

/**
 * The life of one alert.
 *
 *     inactive -> pending -> firing <-> recovering -> inactive
 *         \_________________/^   (without `for`)
 */
export class Alert {
  readonly #rule: RuleOptions
  readonly #flapWindowMs: number
  #state: AlertStatus['state']
  /** Of the last change of state; in `recovering` the time since which the condition is false. */
  #sinceMs: number
  /** Requests that ended ok after the condition became false. */
  #okSeen: number
  /** Firings in a row, each within `flap_window` of the resolve before. */
  #flaps: number
  #resolvedAtMs: number | undefined

  constructor(rule: RuleOptions, flapWindowMs: number, saved: SavedAlert) {
    this.#rule = rule
    this.#flapWindowMs = flapWindowMs
    this.#state = saved.state
    this.#sinceMs = saved.sinceMs
    this.#okSeen = saved.okSeen
    this.#flaps = saved.flaps
    this.#resolvedAtMs = saved.resolvedAtMs
  }

  get state(): AlertStatus['state'] {
    return this.#state
  }

  get sinceMs(): number {
    return this.#sinceMs
  }

  get okSeen(): boolean {
    return this.#okSeen > 0
  }

  /** Until when a new firing would be a flap; -Infinity = nothing to remember. */
  get flapUntilMs(): number {
    return this.#resolvedAtMs === undefined ? -Infinity : this.#resolvedAtMs + this.#flapWindowMs
  }

  /** `keep_firing_for` of this alert: doubled by each flap. */
  get keepFiringForMs(): number {
    const base = this.#rule.keepFiringForMs
    return Math.min(base * 2 ** this.#flaps, Math.max(base, MAX_STRETCHED_MS))
  }

  /** A request ended ok after the condition became false; -1 takes one back. */
  noteOk(count: 1 | -1): void {
    this.#okSeen += count
  }

  /** One moment. `resolvableMs`: when a recovering alert may resolve. */
  step(nowMs: number, truth: Truth, resolvableMs: number): 'fired' | 'resolved' | undefined {
    if (this.#state === 'inactive') return this.#stepInactive(nowMs, truth)
    if (this.#state === 'pending') return this.#stepPending(nowMs, truth)
    if (truth === 'true') {
      if (this.#state === 'recovering') this.#enter('firing', nowMs)
    } else if (this.#state === 'firing' || truth === 'momentary') {
      this.#enter('recovering', nowMs)
    } else if (nowMs >= resolvableMs) {
      return this.#resolve(nowMs)
    }
    return undefined
  }

  /** When a state may end by time alone, given when it is resolvable; Infinity = never. */
  nextStepMs(resolvableMs: number): number {
    if (this.#state === 'pending') return this.#sinceMs + this.#rule.forMs
    return this.#state === 'recovering' ? resolvableMs : Infinity
  }

  save(): SavedAlert {
    const saved = {
      state: this.#state,
      sinceMs: this.#sinceMs,
      okSeen: this.#okSeen,
      flaps: this.#flaps,
    }
    return this.#resolvedAtMs === undefined ? saved : { ...saved, resolvedAtMs: this.#resolvedAtMs }
  }

  #stepInactive(nowMs: number, truth: Truth): 'fired' | undefined {
    if (truth === 'false') return undefined
    if (this.#rule.forMs === 0) return this.#fire(nowMs, truth)
    if (truth === 'true') this.#enter('pending', nowMs)
    return undefined
  }

  #stepPending(nowMs: number, truth: Truth): 'fired' | undefined {
    if (truth === 'true') {
      return nowMs >= this.#sinceMs + this.#rule.forMs ? this.#fire(nowMs, truth) : undefined
    }
    this.#enter('inactive', nowMs)
    return undefined
  }

  #fire(nowMs: number, truth: 'true' | 'momentary'): 'fired' {
    const flapping = this.#flapWindowMs > 0 && nowMs <= this.flapUntilMs
    this.#flaps = flapping ? this.#flaps + 1 : 0
    this.#enter(truth === 'true' ? 'firing' : 'recovering', nowMs)
    return 'fired'
  }

  #resolve(nowMs: number): 'resolved' {
    this.#resolvedAtMs = nowMs
    this.#enter('inactive', nowMs)
    return 'resolved'
  }

  #enter(state: AlertStatus['state'], nowMs: number): void {
    this.#state = state
    this.#sinceMs = nowMs
    this.#okSeen = 0
  }
}
