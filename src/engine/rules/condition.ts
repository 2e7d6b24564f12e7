import { nextCrossingMs } from './crossing.ts'
import type { RuleDefinition } from './definition.ts'
import { ceilMs, floorMs, toNano } from './event-time.ts'
import type { EventWindow } from './event-window.ts'
import type { Traffic } from './traffic.ts'

/**
 * Whether a rule's condition holds for a group. Two ways: it holds now, or a burst was found late,
 * that is, one whose window had passed when its last request arrived. Such a burst counts until
 * max(arrival, its newest end + window).
 */
export class Condition {
  readonly #definition: RuleDefinition
  readonly #window: EventWindow
  readonly #traffic: Traffic
  /** Event time of the newest burst that was found late. */
  #lateBurst: number | undefined

  constructor(
    definition: RuleDefinition,
    window: EventWindow,
    traffic: Traffic,
    lateBurst: number | undefined,
  ) {
    this.#definition = definition
    this.#window = window
    this.#traffic = traffic
    this.#lateBurst = lateBurst
  }

  /** The event time of the burst that holds beyond its own window, for the snapshot. */
  get lateBurst(): number | undefined {
    return this.#lateBurst
  }

  holds(nowMs: number): boolean {
    return this.#lateUntilMs() > nowMs || this.#holdsNow(nowMs)
  }

  /**
   * Takes note of what was added and removed since the last call. True: that completed a burst of
   * the past, even if {@link holds} is false by now.
   */
  update(nowMs: number): boolean {
    if (this.#lateBurst !== undefined) {
      // What is over must not become the evidence for something else.
      const isOver = this.#lateUntilMs() <= nowMs
      if (isOver || !this.#holdsAt(this.#lateBurst)) this.#lateBurst = undefined
    }
    const found = this.#findLate(nowMs)
    this.#window.forgetFresh()
    if (found === undefined) return false
    this.#lateBurst = Math.max(found, this.#lateBurst ?? found)
    return true
  }

  /** The event time whose window tells why the condition holds, or held at this moment. */
  evidenceNano(nowMs: number): number {
    return this.#holdsNow(nowMs) ? toNano(nowMs, this.#definition.epochMs) : this.#lateBurst!
  }

  /** When {@link holds} may change by time alone, after `nowMs`; Infinity = never. */
  nextChangeMs(nowMs: number): number {
    const { needed, rule, epochMs } = this.#definition
    const lateUntilMs = this.#lateUntilMs()
    const late = lateUntilMs > nowMs ? lateUntilMs : Infinity
    const next = Math.min(late, nextCrossingMs(this.#window, needed, nowMs, epochMs))
    const enough = this.#window.countAt(toNano(nowMs, epochMs)) >= needed
    return rule.ratio !== undefined && enough
      ? Math.min(next, this.#traffic.nextLeaveMs(nowMs))
      : next
  }

  #lateUntilMs(): number {
    if (this.#lateBurst === undefined) return -Infinity
    return ceilMs(this.#lateBurst + this.#definition.windowNano, this.#definition.epochMs)
  }

  /** Bursts are looked for as far back as all is kept that was in their windows. */
  #findLate(nowMs: number): number | undefined {
    const { needed, rule, epochMs, historyMs } = this.#definition
    if (this.#window.size < needed || this.#holdsNow(nowMs)) return undefined
    const nowNano = toNano(nowMs, epochMs)
    const oldestNano = toNano(nowMs - (historyMs - rule.windowMs), epochMs)
    return this.#window.newestFreshBurst(
      oldestNano,
      nowNano,
      (nano) =>
        this.#holdsAt(nano) &&
        (rule.ratio === undefined || this.#traffic.knows(floorMs(nano, epochMs), nowMs)),
    )
  }

  #holdsNow(nowMs: number): boolean {
    return this.#holdsAt(toNano(nowMs, this.#definition.epochMs))
  }

  #holdsAt(nano: number): boolean {
    const { needed, rule, epochMs } = this.#definition
    if (this.#window.countAt(nano) < needed) return false
    if (rule.ratio === undefined) return true
    const { ok, failed } = this.#traffic.at(floorMs(nano, epochMs))
    return ok + failed >= rule.minRequests && failed / (ok + failed) >= rule.ratio
  }
}
