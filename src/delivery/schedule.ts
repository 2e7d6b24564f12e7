import type { AttemptResult } from '../model/component.ts'
import type { OutboxEvent } from './outbox.ts'
import type { DeliveryPolicy } from './policy.ts'
import { backoffMs, MISCONFIGURED_RETRY_MS, throttleMs, wishedMs } from './waits.ts'
import { RateBudget } from './rate-budget.ts'

/** A wait, active in [from, until): one that lies in the future after a step of the clock is over. */
interface Hold {
  readonly fromMs: number
  readonly untilMs: number
}

/** What is known of one dedup key while it has something pending. */
interface Lane {
  /** In flight, or its outcome is not in the journal yet. */
  busy: boolean
  /** Attempts of the event at its head that came to `retry`. */
  failures: number
  hold: Hold | undefined
  /** Its place in the line: from when on it may be attempted again. */
  turnMs: number | undefined
  /** {@link Schedule.#deliveries} when it was last refused. */
  refusedAfter: number | undefined
  /** It was refused before and after others were delivered: the destination is not to blame. */
  refusedAlone: boolean
}

/** What may be attempted now, and when to ask again if nothing happens before. */
export interface Turn {
  readonly events: readonly OutboxEvent[]
  /** ms; undefined = nothing changes by time alone. */
  readonly wakeMs: number | undefined
}

/**
 * When one exporter's events may be attempted. Pure: times come as arguments.
 *
 * - Of one dedup key one event at a time; of all keys as many as the policy allows, in the order in
 *   which their waits ended, the oldest first. A failing event goes to the end of the line, so it
 *   never keeps the others from their attempts.
 * - `retry` holds up its dedup key; with `wholeDestination` it holds up all.
 * - `misconfigured` holds up all, and from then on one event at a time is the probe, until one is
 *   delivered. An event that is refused again after others were delivered has a trouble of its own
 *   (the key of an old episode, say, was deleted) and holds up itself only.
 */
export class Schedule {
  readonly #parallel: number
  readonly #budget: RateBudget
  readonly #random: () => number
  readonly #lanes = new Map<string, Lane>()
  #inFlight = 0
  #hold: Hold | undefined
  /** Successive holds of the whole destination. */
  #throttles = 0
  #deliveries = 0
  #misconfigured: string | undefined

  /** `random` gives [0, 1). */
  constructor(
    policy: Pick<DeliveryPolicy, 'parallelAttempts' | 'attemptsPerMinute'>,
    random: () => number,
  ) {
    this.#parallel = policy.parallelAttempts
    this.#budget = new RateBudget(policy.attemptsPerMinute)
    this.#random = random
  }

  /** Why the destination is thought to be set up wrongly; undefined = it is not. */
  get misconfigured(): string | undefined {
    return this.#misconfigured
  }

  isBusy(dedupKey: string): boolean {
    return this.#lanes.get(dedupKey)?.busy === true
  }

  /** This event was refused, and nothing of its dedup key was delivered since. */
  isRefused(dedupKey: string): boolean {
    return this.#lanes.get(dedupKey)?.refusedAfter !== undefined
  }

  /**
   * `cutShort` ends the back-off of single events. What holds up the destination, and what follows a
   * refused key, holds all the same: an attempt could only do harm.
   */
  next(heads: Iterable<OutboxEvent>, nowMs: number, cutShort = false): Turn {
    if (isActive(this.#hold, nowMs)) return { events: [], wakeMs: this.#hold.untilMs }
    const due: OutboxEvent[] = []
    let wakeMs = Infinity
    for (const event of heads) {
      const lane = this.#lanes.get(event.change.episode.dedupKey)
      if (lane?.busy === true) continue
      const held = !cutShort || lane?.refusedAfter !== undefined
      if (held && isActive(lane?.hold, nowMs)) wakeMs = Math.min(wakeMs, lane.hold.untilMs)
      else due.push(event)
    }
    const parallel = this.#misconfigured === undefined ? this.#parallel : 1
    const slots = Math.max(0, parallel - this.#inFlight)
    const budget = this.#budget.left(nowMs)
    due.sort((a, b) => this.#turnMs(a) - this.#turnMs(b) || compareAge(a, b))
    const events = due.slice(0, Math.min(slots, budget))
    // Short of budget: time brings more. Short of slots: the end of an attempt does.
    if (due.length > budget && slots > budget) {
      wakeMs = Math.min(wakeMs, this.#budget.moreAtMs())
    }
    return { events, wakeMs: wakeMs === Infinity ? undefined : wakeMs }
  }

  began(dedupKey: string): void {
    this.#lane(dedupKey).busy = true
    this.#inFlight += 1
    this.#budget.began()
  }

  /**
   * After `delivered` and `rejected` the dedup key stays busy until {@link forget}. Gives true when
   * the destination is from now on thought to be misconfigured, and was not before.
   */
  ended(dedupKey: string, result: AttemptResult, nowMs: number): boolean {
    const lane = this.#lane(dedupKey)
    const before = this.#misconfigured
    this.#inFlight -= 1
    this.#budget.ended(nowMs)
    switch (result.kind) {
      case 'delivered':
        this.#recover()
        break
      case 'rejected':
        break
      case 'retry':
        lane.busy = false
        if (result.wholeDestination) this.#throttle(result.afterMs, nowMs)
        else {
          lane.failures += 1
          const waitMs = backoffMs(lane.failures, this.#random())
          this.#wait(lane, Math.max(waitMs, wishedMs(result.afterMs)), nowMs)
        }
        break
      case 'misconfigured':
        lane.busy = false
        if (lane.refusedAfter !== undefined && lane.refusedAfter < this.#deliveries) {
          lane.refusedAlone = true
        }
        if (!lane.refusedAlone) this.#misconfigured = result.reason
        lane.refusedAfter = this.#deliveries
        this.#wait(lane, MISCONFIGURED_RETRY_MS, nowMs)
        break
    }
    const { misconfigured } = this
    if (misconfigured !== undefined) this.#holdAll(MISCONFIGURED_RETRY_MS, nowMs)
    return before === undefined && misconfigured !== undefined
  }

  /** The event at the head of this dedup key is done and its outcome in the journal. */
  forget(dedupKey: string): void {
    this.#lanes.delete(dedupKey)
  }

  #recover(): void {
    this.#deliveries += 1
    this.#throttles = 0
    if (this.#misconfigured === undefined) return
    this.#misconfigured = undefined
    this.#hold = undefined
    for (const lane of this.#lanes.values()) {
      if (lane.refusedAfter === this.#deliveries - 1) lane.hold = undefined
    }
  }

  #throttle(afterMs: number | undefined, nowMs: number): void {
    // Attempts that were in flight together are one refusal, not many.
    if (isActive(this.#hold, nowMs)) {
      this.#holdAll(wishedMs(afterMs), nowMs)
      return
    }
    this.#holdAll(throttleMs(this.#throttles, afterMs), nowMs)
    this.#throttles += 1
  }

  #holdAll(waitMs: number, nowMs: number): void {
    const untilMs = nowMs + waitMs
    if (isActive(this.#hold, nowMs) && this.#hold.untilMs >= untilMs) return
    this.#hold = { fromMs: nowMs, untilMs }
  }

  #wait(lane: Lane, waitMs: number, nowMs: number): void {
    lane.hold = { fromMs: nowMs, untilMs: nowMs + waitMs }
    lane.turnMs = lane.hold.untilMs
  }

  #turnMs(event: OutboxEvent): number {
    return this.#lanes.get(event.change.episode.dedupKey)?.turnMs ?? event.sinceMs
  }

  #lane(dedupKey: string): Lane {
    let lane = this.#lanes.get(dedupKey)
    if (lane === undefined) {
      lane = {
        busy: false,
        failures: 0,
        hold: undefined,
        turnMs: undefined,
        refusedAfter: undefined,
        refusedAlone: false,
      }
      this.#lanes.set(dedupKey, lane)
    }
    return lane
  }
}

function isActive(hold: Hold | undefined, nowMs: number): hold is Hold {
  return hold !== undefined && hold.fromMs <= nowMs && nowMs < hold.untilMs
}

function compareAge(a: OutboxEvent, b: OutboxEvent): number {
  return a.id.position - b.id.position || a.id.index - b.id.index
}
