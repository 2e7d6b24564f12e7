import type { AlertChange } from '../model/alert.ts'
import type { Clock } from '../model/clock.ts'
import type { Engine } from '../model/engine.ts'
import type { Arrivals, ChangesEntry, Journal, RecordsEntry, TickEntry } from '../model/journal.ts'
import { Refusal } from '../model/refusal.ts'
import type { Telemetry } from '../model/telemetry.ts'

/** Our own tick may come that much late before it counts as a pause of ours. */
const PAUSE_MS = 5_000
/** How often we look at the clock while leases run, so that a pause of ours is noticed. */
const BEAT_MS = 1_000
/** What a sender is told when the journal does not take its data. */
const JOURNAL_RETRY_MS = 5_000

export interface HostSetup {
  /** Id of the alerting processor this host stands behind, `llm_alerting[/name]`. */
  readonly processor: string
  readonly engine: Engine
  readonly journal: Journal
  readonly clock: Clock
  /** Hears of changes once they are as safe as the journal makes them, in order. */
  readonly onChanges: (position: number, entry: ChangesEntry) => void
  readonly telemetry: Telemetry['processor']
}

/**
 * Drives an engine: gives it what the journal holds, in order, and wakes it when it asks to be woken.
 * It owns the only clock; the engine is told the time by the entries.
 */
export interface Host {
  start(): void
  /** Journals what arrived and applies it. Resolves when it cannot be lost; rejects with a Refusal. */
  submit(arrivals: Arrivals): Promise<void>
  /** Stops waking; resolves when all that was journalled is committed and passed on. */
  shutdown(): Promise<void>
}

export function createHost(setup: HostSetup): Host {
  const { processor, engine, journal, clock, telemetry } = setup
  let lastMs = 0
  let cancelWake: (() => void) | undefined
  /** When we are to wake; Infinity = not at all. */
  let wakeMs = Infinity
  let running = false
  /** The journal did not take the last data. */
  let refusing = false
  /** Everything passed on so far; the next in line waits for it. */
  let passedOn: Promise<void> = Promise.resolve()

  /** The engine's time never goes back, whatever the wall clock does. */
  function now(): number {
    lastMs = Math.max(lastMs, Math.floor(clock.now()))
    return lastMs
  }

  function apply(entry: RecordsEntry | TickEntry): Promise<void> {
    const { position, committed } = journal.append(entry)
    passOn(position, engine.apply(entry))
    passNotices()
    return committed
  }

  function passOn(cause: number, changes: readonly AlertChange[]): void {
    if (changes.length === 0) return
    const entry: ChangesEntry = { kind: 'changes', processor, timeMs: lastMs, cause, changes }
    for (const change of changes) telemetry.changed(processor, change)
    const { position, committed } = journal.append(entry)
    const before = passedOn
    passedOn = committed
      // A broken journal does not silence the pager.
      .catch((error: unknown) => telemetry.journalFailed(processor, error))
      .then(() => before)
      .then(() => setup.onChanges(position, entry))
  }

  function passNotices(): void {
    for (const notice of engine.takeNotices()) telemetry.noticed(processor, notice)
  }

  function tick(reason: TickEntry['reason']): void {
    apply({ kind: 'tick', processor, timeMs: now(), reason }).catch((error: unknown) =>
      telemetry.journalFailed(processor, error),
    )
  }

  function wake(): void {
    const timeMs = now()
    if (!noticePause()) {
      // Time that changes nothing is not worth an entry; what it changed is repeated by the tick.
      const changes = engine.advanceTo(timeMs)
      if (changes.length > 0) {
        const entry: TickEntry = { kind: 'tick', processor, timeMs, reason: 'due' }
        const { position, committed } = journal.append(entry)
        committed.catch((error: unknown) => telemetry.journalFailed(processor, error))
        passOn(position, changes)
      }
      passNotices()
    }
    schedule()
  }

  /** A suspended machine, a blocked process: the silence was ours, and leases must not end by it. */
  function noticePause(): boolean {
    if (now() - wakeMs <= PAUSE_MS) return false
    tick('paused')
    return true
  }

  function schedule(): void {
    cancelWake?.()
    cancelWake = undefined
    wakeMs = Infinity
    if (!running) return
    const beatMs = engine.counters.open.open.announced > 0 ? now() + BEAT_MS : Infinity
    wakeMs = Math.min(engine.nextWakeMs() ?? Infinity, beatMs)
    if (wakeMs !== Infinity) cancelWake = clock.at(wakeMs, wake)
  }

  return {
    start() {
      running = true
      tick('started')
      schedule()
    },
    async submit(arrivals) {
      noticePause()
      if (refusing) tick('refused')
      const committed = apply({ kind: 'records', processor, timeMs: now(), ...arrivals })
      schedule()
      try {
        await committed
        refusing = false
      } catch (cause) {
        refusing = true
        telemetry.journalFailed(processor, cause)
        throw new Refusal('unavailable', 'the journal does not take data now', {
          retryAfterMs: JOURNAL_RETRY_MS,
          cause,
        })
      }
    },
    async shutdown() {
      running = false
      schedule()
      await journal.flush().catch((error: unknown) => telemetry.journalFailed(processor, error))
      await passedOn
    },
  }
}
