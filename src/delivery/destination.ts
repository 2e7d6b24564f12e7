import type { AlertExporter, AttemptResult } from '../model/component.ts'
import type { AlertChange } from '../model/alert.ts'
import type { DeliveryEntry, EventId, Journal } from '../model/journal.ts'
import type { Telemetry } from '../model/telemetry.ts'
import type { Clock, PendingEvent } from './contract.ts'
import type { OutboxEvent } from './outbox.ts'
import { Outbox } from './outbox.ts'
import type { DeliveryPolicy } from './policy.ts'
import { Schedule } from './schedule.ts'

/** What attempts get to end by themselves once shutdown has aborted them. */
const ABORT_GRACE_MS = 1_000

export interface DestinationOptions {
  readonly id: string
  readonly exporter: AlertExporter
  readonly policy: DeliveryPolicy
  readonly journal: Journal
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry['delivery']
}

/** One exporter with its outbox and schedule: owns the timer and the attempts in flight. */
export class Destination {
  readonly #options: DestinationOptions
  readonly #outbox = new Outbox()
  readonly #schedule: Schedule
  /** Each from the start of an attempt until its outcome is in the journal; they never reject. */
  readonly #inFlight = new Map<Promise<void>, AbortController>()
  readonly #attempting = new Set<OutboxEvent>()
  #state: 'replaying' | 'running' | 'stopping' | 'stopped' = 'replaying'
  /** Events attempted since the state became `stopping`: each gets one. */
  readonly #lastAttempts = new Set<OutboxEvent>()
  #stopped: Promise<void> | undefined
  #cancelWake: () => void = () => undefined

  constructor(options: DestinationOptions) {
    this.#options = options
    this.#schedule = new Schedule(options.policy, options.random)
  }

  get misconfigured(): string | undefined {
    return this.#schedule.misconfigured
  }

  accept(id: EventId, change: AlertChange, sinceMs: number): void {
    this.#outbox.accept(id, change, sinceMs)
  }

  replay(entry: DeliveryEntry): void {
    this.#outbox.settle(entry.event, entry.result, entry.mayHaveOpened === true)
  }

  start(): void {
    if (this.#state !== 'replaying') return
    this.#state = 'running'
    // Attempts are not in the journal. Before a crash one may have been made of whatever was first.
    for (const event of this.#outbox.heads()) event.mayHaveOpened = event.change.kind === 'firing'
    this.pump()
  }

  /** Begins every attempt whose time has come; call when something changed. */
  pump(): void {
    if (this.#state !== 'running' && this.#state !== 'stopping') return
    this.#cancelWake()
    this.#dropLate()
    this.#dropUnowed()
    this.#giveUp()
    const { clock } = this.#options
    if (this.#state === 'stopping') {
      this.#beginLast()
      return
    }
    const { events, wakeMs } = this.#schedule.next(this.#outbox.heads(), clock.now())
    for (const event of events) this.#begin(event)
    this.#cancelWake = wakeMs === undefined ? () => undefined : clock.at(wakeMs, () => this.pump())
  }

  shutdown(signal: AbortSignal): Promise<void> {
    return (this.#stopped ??= this.#stop(signal))
  }

  async #stop(signal: AbortSignal): Promise<void> {
    this.#cancelWake()
    // Before the start nothing may be attempted: history may be half known.
    this.#state = this.#state === 'running' && !signal.aborted ? 'stopping' : 'stopped'
    this.pump()
    const { clock } = this.#options
    const aborted = Promise.withResolvers<undefined>()
    let cancelGrace: () => void = () => undefined
    const abort = () => {
      this.#state = 'stopped'
      for (const controller of this.#inFlight.values()) controller.abort(signal.reason)
      cancelGrace = clock.at(clock.now() + ABORT_GRACE_MS, () => aborted.resolve(undefined))
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    await Promise.race([this.#idle(), aborted.promise])
    this.#state = 'stopped'
    signal.removeEventListener('abort', abort)
    cancelGrace()
  }

  /** Resolves when nothing is in flight; the end of an attempt may begin another. */
  async #idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.keys())
  }

  *pending(): Iterable<PendingEvent> {
    for (const event of this.#outbox.events()) {
      const { dedupKey } = event.change.episode
      yield {
        exporter: this.#options.id,
        dedupKey,
        kind: event.change.kind,
        sinceMs: event.sinceMs,
        attempts: event.attempts,
        lastReason: event.lastReason,
        misconfigured: this.misconfigured !== undefined || this.#schedule.isRefused(dedupKey),
      }
    }
  }

  /** What fails now, or may not be attempted now, is not waited for. */
  #beginLast(): void {
    const heads = [...this.#outbox.heads()].filter((event) => !this.#lastAttempts.has(event))
    const { events } = this.#schedule.next(heads, this.#options.clock.now(), true)
    for (const event of events) {
      this.#lastAttempts.add(event)
      this.#begin(event)
    }
  }

  #begin(event: OutboxEvent): void {
    const { clock, policy } = this.#options
    this.#schedule.began(event.change.episode.dedupKey)
    this.#attempting.add(event)
    event.attempts += 1
    const controller = new AbortController()
    const cancelTimeout = clock.at(clock.now() + policy.attemptTimeoutMs, () => {
      controller.abort(new DOMException('the attempt took too long', 'TimeoutError'))
    })
    const done = this.#deliver(event, controller.signal).finally(() => {
      cancelTimeout()
      this.#inFlight.delete(done)
      this.pump()
    })
    this.#inFlight.set(done, controller)
  }

  async #deliver(event: OutboxEvent, signal: AbortSignal): Promise<void> {
    const { id, clock, telemetry } = this.#options
    const { change } = event
    const { dedupKey } = change.episode
    const beganMs = clock.now()
    const result = await this.#attempt(event, signal)
    this.#attempting.delete(event)
    const newlyMisconfigured = this.#schedule.ended(dedupKey, result, clock.now())
    telemetry.attempted(id, change, result, Math.max(0, clock.now() - beganMs))

    switch (result.kind) {
      case 'delivered':
        break
      case 'rejected':
        telemetry.deadLetter(id, change, result.reason)
        break
      case 'retry':
        event.lastReason = result.reason
        // A refusal of everything (429) is known to have taken nothing. All else may have.
        if (change.kind === 'firing' && !result.wholeDestination) event.mayHaveOpened = true
        return
      case 'misconfigured':
        event.lastReason = result.reason
        if (newlyMisconfigured) telemetry.misconfigured(id, result.reason)
        return
    }
    // The next of this dedup key waits for the commit. Otherwise a crash could lose both outcomes,
    // and the trigger, sent again after its resolve was taken, would open a new incident.
    await this.#settle(event, result.kind)
    this.#schedule.forget(dedupKey)
  }

  async #attempt(event: OutboxEvent, signal: AbortSignal): Promise<AttemptResult> {
    const { id, change } = event
    const cleared = this.#outbox.isLate(event)
    try {
      return await this.#options.exporter.attempt({ id, change, cleared }, signal)
    } catch (error) {
      // Its class only: a message may quote what was sent.
      const reason = error instanceof Error ? error.constructor.name : typeof error
      return { kind: 'retry', reason, wholeDestination: false }
    }
  }

  /** Resolves when the outcome is in the journal, or the journal did not take it. */
  async #settle(event: OutboxEvent, result: DeliveryEntry['result']): Promise<void> {
    const { id: exporter, journal, clock } = this.#options
    const unsure = result !== 'delivered' && event.mayHaveOpened
    this.#outbox.settle(event.id, result, event.mayHaveOpened)
    const timeMs = clock.now()
    const entry: DeliveryEntry = { kind: 'delivery', timeMs, event: event.id, exporter, result }
    try {
      await journal.append(unsure ? { ...entry, mayHaveOpened: true } : entry).committed
    } catch {
      // A broken journal does not silence the pager. Whoever writes the records reports it.
    }
  }

  #dropLate(): void {
    const { id, policy, telemetry } = this.#options
    if (policy.latePages === 'send') return
    for (const event of this.#outbox.heads()) {
      if (this.#schedule.isBusy(event.change.episode.dedupKey)) continue
      if (!this.#outbox.isLate(event)) continue
      telemetry.droppedLate(id, event.change)
      this.#drop(event)
    }
  }

  #giveUp(): void {
    const { id, policy, telemetry } = this.#options
    while (this.#outbox.size > policy.maxPending) {
      const event = this.#outbox.expendable((candidate) => this.#attempting.has(candidate))
      if (event === undefined) return
      telemetry.deadLetter(id, event.change, `more than ${policy.maxPending} events are pending`)
      this.#drop(event)
      this.#dropUnowed()
    }
  }

  #dropUnowed(): void {
    for (const event of this.#outbox.takeUnowed()) this.#drop(event)
  }

  #drop(event: OutboxEvent): void {
    const { dedupKey } = event.change.episode
    void this.#settle(event, 'dropped')
    if (!this.#outbox.has(dedupKey) && !this.#schedule.isBusy(dedupKey)) {
      this.#schedule.forget(dedupKey)
    }
  }
}
