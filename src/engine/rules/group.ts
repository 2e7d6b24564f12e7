import type { AlertStatus } from '../../model/alert.ts'
import type { DecidedRequest } from '../../model/record.ts'
import { Alert, type SavedAlert } from './alert.ts'
import { Condition } from './condition.ts'
import type { RuleDefinition } from './definition.ts'
import type { Episode, ResolveReason } from './episode.ts'
import { ceilMs, floorMs, toNano } from './event-time.ts'
import { EventWindow, type SavedWindow } from './event-window.ts'
import type { GroupName } from './group-name.ts'
import type { Occurrence } from './occurrence.ts'
import { type SavedTraffic, Traffic } from './traffic.ts'

/** What was counted, and what follows from it. */
interface SavedCounts {
  readonly window: SavedWindow
  readonly traffic: SavedTraffic
  readonly lateBurst?: number
}

export const NO_COUNTS: SavedCounts = { window: { occurrences: [] }, traffic: [] }

export interface SavedGroup {
  readonly key: string
  readonly counts: SavedCounts
  readonly alert: SavedAlert
  readonly lastRequestMs: number
  readonly lagMs: number
  readonly episode?: Episode
}

/** One rule and group: its windows, its alert, and its episode while that fires. */
export class Group {
  readonly definition: RuleDefinition
  readonly name: GroupName
  readonly window: EventWindow
  readonly traffic: Traffic
  readonly condition: Condition
  readonly alert: Alert
  episode: Episode | undefined
  /** Arrival of the deciding span minus its event time. */
  lagMs: number
  /** Earliest time at which it stands among the wakes. */
  queuedMs = Infinity
  /** Its slot was given back. */
  freed = false
  #lastRequestMs: number

  constructor(definition: RuleDefinition, name: GroupName, saved: SavedGroup, shiftNano: number) {
    const { rule, stage } = definition
    const { window, traffic, lateBurst } = saved.counts
    this.definition = definition
    this.name = name
    this.window = new EventWindow(definition.windowNano, window, shiftNano)
    this.traffic = new Traffic(rule.windowMs, definition.historyMs, traffic)
    this.condition = new Condition(
      definition,
      this.window,
      this.traffic,
      lateBurst === undefined ? undefined : lateBurst + shiftNano,
    )
    this.alert = new Alert(rule, stage.flapWindowMs, saved.alert)
    this.episode = saved.episode === undefined ? undefined : { ...saved.episode }
    this.lagMs = saved.lagMs
    this.#lastRequestMs = saved.lastRequestMs
  }

  /** A request arrived, or one that is known changed to this. True: the alert may change. */
  add(
    request: DecidedRequest,
    occurrence: Occurrence | undefined,
    isNew: boolean,
    nowMs: number,
  ): boolean {
    if (isNew) this.#lastRequestMs = nowMs
    if (request.late) {
      this.traffic.add('late', nowMs)
      return false
    }
    const moves = this.#countTraffic(request, 1)
    if (occurrence === undefined || !this.window.add(occurrence)) return moves
    if (this.episode !== undefined) {
      this.episode.total += 1
      occurrence.counted = true
    }
    return true
  }

  /** Takes back what {@link add} did. True: the alert may change. */
  remove(request: DecidedRequest, occurrence: Occurrence | undefined): boolean {
    const known = occurrence === undefined ? undefined : this.window.remove(occurrence)
    if (known?.counted === true && this.episode !== undefined) this.episode.total -= 1
    return this.#countTraffic(request, -1) || known !== undefined
  }

  /** The alert's next moment. `completed`: what arrived completed a burst of the past. */
  step(nowMs: number, completed: boolean, liveSinceMs: number): 'fired' | 'resolved' | undefined {
    const holds = this.condition.holds(nowMs)
    const truth = holds ? 'true' : completed ? 'momentary' : 'false'
    if (this.alert.state === 'inactive' && truth !== 'false') this.lagMs = this.#lagMs(nowMs)
    const change = this.alert.step(nowMs, truth, this.#resolvableMs(liveSinceMs))
    if (this.episode !== undefined) {
      this.episode.peak = Math.max(this.episode.peak, this.#count(nowMs))
    }
    return change
  }

  /** When {@link step} may do something by time alone, after `nowMs` or now; Infinity = never. */
  nextStepMs(nowMs: number, liveSinceMs: number): number {
    const next = this.alert.nextStepMs(this.#resolvableMs(liveSinceMs))
    return Math.max(nowMs, Math.min(next, this.condition.nextChangeMs(nowMs)))
  }

  get resolveReason(): ResolveReason {
    return this.alert.okSeen ? 'recovered' : 'no_traffic'
  }

  /** From when on nothing would be lost if the group were forgotten; Infinity while it is not quiet. */
  get forgettableFromMs(): number {
    const { historyMs, rule, epochMs } = this.definition
    if (this.alert.state !== 'inactive') return Infinity
    const kept = this.window.size === 0 ? -Infinity : ceilMs(this.window.end(1), epochMs)
    const traffic = this.traffic.lastLeaveMs() - rule.windowMs
    const lastMs = Math.max(kept, traffic, this.#lastRequestMs)
    return Math.max(lastMs + historyMs, this.alert.flapUntilMs + 1)
  }

  status(nowMs: number): AlertStatus {
    const { rule } = this.definition
    const { ok, failed } = this.traffic.at(nowMs)
    const asksRatio = rule.on === 'failures' && ok + failed > 0
    return {
      rule: rule.name,
      ruleKind: rule.on,
      group: this.name.values,
      state: this.alert.state,
      sinceMs: this.alert.sinceMs,
      count: this.#count(nowMs),
      ...(rule.count === undefined ? {} : { threshold: rule.count }),
      ...(asksRatio ? { ratio: failed / (ok + failed) } : {}),
      ...(rule.ratio === undefined ? {} : { ratioThreshold: rule.ratio }),
      windowMs: rule.windowMs,
      inRollUp: this.episode?.ref.rollUp === true,
      ...(this.episode === undefined ? {} : { dedupKey: this.episode.ref.dedupKey }),
    }
  }

  save(): SavedGroup {
    const { lateBurst } = this.condition
    return {
      key: this.name.key,
      counts: {
        window: this.window.save(),
        traffic: this.traffic.save(),
        ...(lateBurst === undefined ? {} : { lateBurst }),
      },
      alert: this.alert.save(),
      lastRequestMs: this.#lastRequestMs,
      lagMs: this.lagMs,
      ...(this.episode === undefined ? {} : { episode: { ...this.episode } }),
    }
  }

  #count(nowMs: number): number {
    return this.window.countAt(toNano(nowMs, this.definition.epochMs))
  }

  /** True: the alert may change by it. */
  #countTraffic(request: DecidedRequest, count: 1 | -1): boolean {
    const { outcome, endNano } = request
    if (outcome !== 'ok' && outcome !== 'failed') return false
    const { epochMs, rule } = this.definition
    const endMs = floorMs(endNano, epochMs)
    if (count === 1) this.traffic.add(outcome, endMs)
    else if (!this.traffic.subtract(outcome, endMs)) return false
    const { alert } = this
    if (
      outcome === 'ok' &&
      alert.state === 'recovering' &&
      endNano > toNano(alert.sinceMs, epochMs)
    ) {
      alert.noteOk(count)
      return true
    }
    return rule.ratio !== undefined
  }

  /**
   * Resolved when the condition has been false for `keep_firing_for`, and a good request was seen
   * since or none at all came for long; after a restart not before one window of live data.
   */
  #resolvableMs(liveSinceMs: number): number {
    const { rule, stage } = this.definition
    const quietMs = Math.max(
      this.alert.sinceMs + this.alert.keepFiringForMs,
      liveSinceMs + rule.windowMs,
    )
    if (this.alert.okSeen) return quietMs
    return Math.max(quietMs, this.#lastRequestMs + stage.noTrafficResolveAfterMs)
  }

  #lagMs(nowMs: number): number {
    const evidence = this.window.at(this.condition.evidenceNano(nowMs))
    return nowMs - floorMs(evidence.at(-1)!.end, this.definition.epochMs)
  }
}
