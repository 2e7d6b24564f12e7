import type { Clock } from '../../src/delivery/contract.ts'
import type { AlertEvent, AlertExporter, AttemptResult } from '../../src/model/component.ts'

/** What the destination does with one attempt. */
export interface Step {
  readonly result: AttemptResult
  /** How long it takes, ms; 0 = as soon as promises settle. */
  readonly tookMs?: number
  /** The destination takes the event though the answer says something else: a time-out. */
  readonly taken?: boolean
}

export interface Attempt {
  readonly exporterEvent: AlertEvent
  readonly dedupKey: string
  readonly kind: 'trigger' | 'resolve'
  readonly cleared: boolean
  readonly beganMs: number
  /** Infinity while it is in flight. */
  endedMs: number
  readonly result: AttemptResult
}

export const DELIVERED = { kind: 'delivered' } as const satisfies AttemptResult
export const UNREACHABLE = {
  kind: 'retry',
  reason: 'ECONNREFUSED',
  wholeDestination: false,
} as const satisfies AttemptResult
export const THROTTLED = {
  kind: 'retry',
  reason: '429',
  wholeDestination: true,
} as const satisfies AttemptResult
export const REFUSED_KEY = {
  kind: 'misconfigured',
  reason: 'invalid routing key',
} as const satisfies AttemptResult
export const REJECTED = {
  kind: 'rejected',
  reason: '400: summary is missing',
} as const satisfies AttemptResult

/** An alert exporter whose destination follows a script, and which remembers what happened to it. */
export class ScriptedExporter implements AlertExporter {
  readonly attempts: Attempt[] = []
  /** What the destination took, in order. */
  readonly taken: AlertEvent[] = []
  /** Dedup keys that ever had two attempts in flight. */
  readonly overlapping = new Set<string>()
  mostInFlight = 0
  readonly #clock: Clock
  readonly #inFlight = new Set<string>()
  #script: (event: AlertEvent, nth: number) => Step

  /** `nth`: attempts before this one. */
  constructor(clock: Clock, script: (event: AlertEvent, nth: number) => Step) {
    this.#clock = clock
    this.#script = script
  }

  /** From now on the destination behaves so. */
  become(script: (event: AlertEvent, nth: number) => Step): void {
    this.#script = script
  }

  /** `trigger a`, `cleared trigger a` or `resolve a`, one per attempt. */
  get log(): string[] {
    return this.attempts.map(({ dedupKey, kind, cleared }) =>
      cleared ? `cleared ${kind} ${dedupKey}` : `${kind} ${dedupKey}`,
    )
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }

  async attempt(event: AlertEvent, signal: AbortSignal): Promise<AttemptResult> {
    const { dedupKey } = event.change.episode
    const step = this.#script(event, this.attempts.length)
    const attempt: Attempt = {
      exporterEvent: event,
      dedupKey,
      kind: event.change.kind === 'firing' ? 'trigger' : 'resolve',
      cleared: event.cleared,
      beganMs: this.#clock.now(),
      endedMs: Infinity,
      result: step.result,
    }
    this.attempts.push(attempt)
    if (this.#inFlight.has(dedupKey)) this.overlapping.add(dedupKey)
    this.#inFlight.add(dedupKey)
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size)
    const aborted = await this.#wait(step.tookMs ?? 0, signal)
    this.#inFlight.delete(dedupKey)
    attempt.endedMs = this.#clock.now()
    if (aborted) return { kind: 'retry', reason: 'aborted', wholeDestination: false }
    if (step.taken ?? step.result.kind === 'delivered') this.taken.push(event)
    return step.result
  }

  #wait(tookMs: number, signal: AbortSignal): Promise<boolean> {
    if (tookMs === 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const cancel = this.#clock.at(this.#clock.now() + tookMs, () => resolve(false))
      signal.addEventListener('abort', () => {
        cancel()
        resolve(true)
      })
    })
  }
}
