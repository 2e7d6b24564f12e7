import type { AlertStatus } from '../../model/alert.ts'
import type { DecidedRequest, KnownRequest } from '../../model/record.ts'
import { Alert, type SavedAlert } from './alert.ts'
import { Condition } from './condition.ts'
import type { RuleDefinition } from './definition.ts'
import type { Episode, ResolveReason } from './episode.ts'
import { ceilMs, floorMs, toNano } from './event-time.ts'
import { EventWindow, type SavedWindow } from './event-window.ts'
import type { GroupName } from './group-name.ts'
import { decisiveNano, type Occurrence } from './occurrence.ts'
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

/** What was taken back of a request that counted, so that it is no news when it comes again. */
export interface TakenBack {
  readonly group: Group
  /** Until when it counted, in event time. */
  readonly end: number
  /** What was kept of it; undefined = it was used up, or given up. */
  readonly known: Occurrence | undefined
  readonly fresh: boolean
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
  /** Event time up to which beginning hangs were put into the total. */
  #startedNano = -Infinity

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

  /**
   * A request became known, or one that is known changed to this. `before`: what was taken back of
   * it. True: the alert may change.
   */
  add(
    request: KnownRequest,
    occurrence: Occurrence | undefined,
    before: TakenBack | undefined,
    nowMs: number,
  ): boolean {
    const moves = request.state === 'ended' && this.#countTraffic(request, nowMs)
    if (occurrence === undefined) return moves
    const isNews = before?.group !== this || occurrence.end > before.end
    const hasEnded = request.state === 'ended'
    // Its end disproves that it was lost, and proves what was inferred.
    if (hasEnded && before?.known?.evidence === 'announced') occurrence.evidence = 'announced'
    if (isNews) this.#addNews(occurrence, !(hasEnded && request.late), nowMs)
    else this.#addAgain(occurrence, before, nowMs)
    return true
  }

  /**
   * Takes back what {@link add} did; undefined: it did not count. `gone`: it stays in the total, since
   * it counted until now.
   */
  takeBack(
    request: KnownRequest,
    occurrence: Occurrence | undefined,
    gone: boolean,
  ): TakenBack | undefined {
    if (request.state === 'ended') this.#uncountTraffic(request)
    if (occurrence === undefined) return undefined
    const { known, fresh = false } = this.window.remove(occurrence) ?? {}
    if (known?.counted === true && !gone && this.episode !== undefined) this.episode.total -= 1
    return { group: this, end: occurrence.end, known, fresh }
  }

  /** A request came, or was open until now. */
  noteActivity(nowMs: number): void {
    this.#lastRequestMs = nowMs
  }

  /** The alert's next moment. `completed`: what arrived completed a burst of the past. */
  step(nowMs: number, completed: boolean, liveSinceMs: number): 'fired' | 'resolved' | undefined {
    const holds = this.condition.holds(nowMs)
    const truth = holds ? 'true' : completed ? 'momentary' : 'false'
    if (this.alert.state === 'inactive' && truth !== 'false') this.lagMs = this.#lagMs(nowMs)
    const change = this.alert.step(nowMs, truth, this.#resolvableMs(liveSinceMs))
    this.#countStarted(nowMs)
    if (this.episode !== undefined) {
      this.episode.peak = Math.max(this.episode.peak, this.#count(nowMs))
    }
    return change
  }

  /** When {@link step} may do something by time alone, after `nowMs` or now; Infinity = never. */
  nextStepMs(nowMs: number, liveSinceMs: number): number {
    const alertMs = this.alert.nextStepMs(this.#resolvableMs(liveSinceMs))
    const next = Math.min(alertMs, this.condition.nextChangeMs(nowMs), this.#nextStartMs(nowMs))
    return Math.max(nowMs, next)
  }

  get resolveReason(): ResolveReason {
    return this.alert.okSeen ? 'recovered' : 'no_traffic'
  }

  /** From when on nothing would be lost if the group were forgotten; Infinity while it is not quiet. */
  get forgettableFromMs(): number {
    const { historyMs, rule, epochMs } = this.definition
    if (this.alert.state !== 'inactive') return Infinity
    const kept = ceilMs(this.window.newestEnd, epochMs)
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

  #addNews(occurrence: Occurrence, fresh: boolean, nowMs: number): void {
    if (!this.window.add(occurrence, fresh)) return
    if (occurrence.start <= toNano(nowMs, this.definition.epochMs)) this.#countOnce(occurrence)
  }

  /** The same as before, or less of it: it completes no burst and is in the total if it was. */
  #addAgain(occurrence: Occurrence, before: TakenBack, nowMs: number): void {
    const { windowNano, epochMs } = this.definition
    const nowNano = toNano(nowMs, epochMs)
    const inWindow = occurrence.start <= nowNano && occurrence.end > nowNano - windowNano
    if (before.known === undefined && occurrence.end <= nowNano - windowNano) return
    this.window.add(occurrence, before.fresh)
    if (before.known === undefined) occurrence.counted = this.episode !== undefined
    else if (before.known.counted || inWindow) this.#countOnce(occurrence)
  }

  /** Puts it into the total of the open episode. */
  #countOnce(occurrence: Occurrence): void {
    if (this.episode === undefined || occurrence.counted) return
    occurrence.counted = true
    this.episode.total += 1
  }

  /** Hangs that began by time alone since the last step. */
  #countStarted(nowMs: number): void {
    const { epochMs, windowNano } = this.definition
    const nowNano = toNano(nowMs, epochMs)
    if (this.episode !== undefined) {
      for (const occurrence of this.window.startedBetween(this.#startedNano, nowNano)) {
        if (occurrence.end > nowNano - windowNano) this.#countOnce(occurrence)
      }
    }
    this.#startedNano = nowNano
  }

  /** When the next hang begins by time alone: that moves the height of an open episode. */
  #nextStartMs(nowMs: number): number {
    const { epochMs } = this.definition
    if (this.episode === undefined) return Infinity
    return ceilMs(this.window.nthStart(toNano(nowMs, epochMs), 1), epochMs)
  }

  /** True: the alert may change by it. */
  #countTraffic(request: DecidedRequest, nowMs: number): boolean {
    const { outcome, endNano, late } = request
    if (late) this.traffic.add('late', nowMs)
    if (late || (outcome !== 'ok' && outcome !== 'failed')) return false
    const { epochMs, rule } = this.definition
    this.traffic.add(outcome, floorMs(endNano, epochMs))
    if (this.#isOkSeen(request)) {
      this.alert.noteOk(1)
      return true
    }
    return rule.ratio !== undefined
  }

  #uncountTraffic(request: DecidedRequest): void {
    const { outcome, endNano, late } = request
    if (late || (outcome !== 'ok' && outcome !== 'failed')) return
    const wasCounted = this.traffic.subtract(outcome, floorMs(endNano, this.definition.epochMs))
    if (wasCounted && this.#isOkSeen(request)) this.alert.noteOk(-1)
  }

  /** It ended ok after the condition became false. */
  #isOkSeen({ outcome, endNano }: DecidedRequest): boolean {
    const { state, sinceMs } = this.alert
    const sinceNano = toNano(sinceMs, this.definition.epochMs)
    return outcome === 'ok' && state === 'recovering' && endNano > sinceNano
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
    // A request that is open is no silence.
    if (this.window.newestEnd === Infinity) return Infinity
    return Math.max(quietMs, this.#lastRequestMs + stage.noTrafficResolveAfterMs)
  }

  #lagMs(nowMs: number): number {
    const { needed, epochMs } = this.definition
    const evidence = this.window.at(this.condition.evidenceNano(nowMs))
    return nowMs - floorMs(decisiveNano(evidence, needed), epochMs)
  }
}
