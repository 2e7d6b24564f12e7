import type { BySpan } from '../../../model/by-span.ts'
import type { AnnouncementFault, EngineNotice } from '../../../model/engine.ts'
import { ANNOUNCED_STATES, type OpenBatch, type OpenRequest } from '../../../model/record.ts'
import { NONE } from '../span-table.ts'
import { BatchKeys } from './batch-keys.ts'
import { OpenState, type OpenStateSetup, type TakenOpen } from './open-state.ts'
import { OPEN_FLAG } from './open-table.ts'

const OPEN = ANNOUNCED_STATES.indexOf('open')
const ENDED = ANNOUNCED_STATES.indexOf('ended')
/** A clock may be that much ahead of ours; a span that starts later cannot be honest, ns. */
const MAX_AHEAD_NANO = 60e9

export interface OpenSpansSetup extends OpenStateSetup {
  /** Has this span ended already, as far as is remembered? */
  readonly hasEnded: BySpan<boolean>
  readonly notice: (notice: EngineNotice) => void
  /** What rules know of this span by inference; it is told by announcements from now on. */
  readonly takeInferred: BySpan<OpenRequest | undefined>
  /** Hears of open requests that are old enough to hang, and what becomes of them; see Rules.observe. */
  readonly observe: (
    before: OpenRequest | undefined,
    after: OpenRequest | undefined,
    nowMs: number,
  ) => void
}

/**
 * Spans known to have started and not known to have ended, by announcements. Rules hear of one when
 * it is old enough to be a hang. Silence of a span whose process speaks means `lost`; silence of a
 * whole process means that it died, and its spans go with it: a deploy is no outage.
 */
export class OpenSpans {
  readonly state: OpenState
  readonly #setup: OpenSpansSetup

  constructor(setup: OpenSpansSetup) {
    this.#setup = setup
    this.state = new OpenState(setup)
  }

  /** Takes announcements. `onEnded` is called for each that says how its span ended. */
  note(batch: OpenBatch, nowMs: number, onEnded: (row: number, open: TakenOpen) => void): void {
    const { ids } = batch
    const keys = new BatchKeys(batch)
    const { closed } = this.state
    closed.forget(nowMs)
    for (let row = 0; row < batch.count; row += 1) {
      const at = row * 8
      const t0 = ids[at]!
      const t1 = ids[at + 1]!
      const t2 = ids[at + 2]!
      const t3 = ids[at + 3]!
      const s0 = ids[at + 4]!
      const s1 = ids[at + 5]!
      const slot = this.state.table.find(t0, t1, t2, t3, s0, s1)
      const state = batch.state[row]!
      if (state === OPEN) {
        if (slot !== NONE) this.#hear(batch, row, slot, nowMs)
        else if (!this.#isOver(t0, t1, t2, t3, s0, s1)) this.#open(batch, row, keys, nowMs)
      } else if (slot === NONE) {
        if (!this.#isOver(t0, t1, t2, t3, s0, s1)) this.#setup.counters.faults.closed_unknown += 1
        closed.add(t0, t1, t2, t3, s0, s1, nowMs)
      } else if (state === ENDED && this.state.has(slot, OPEN_FLAG.outermost)) {
        onEnded(row, this.state.remove(slot))
      } else {
        closed.add(t0, t1, t2, t3, s0, s1, nowMs)
        this.#drop(slot, nowMs)
      }
    }
  }

  /** Did its span end, or its announcements, as far as is remembered? */
  #isOver(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    return (
      this.#setup.hasEnded(t0, t1, t2, t3, s0, s1) || this.state.closed.has(t0, t1, t2, t3, s0, s1)
    )
  }

  has(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    return this.state.table.size > 0 && this.state.table.find(t0, t1, t2, t3, s0, s1) !== NONE
  }

  /** A span ended: what was known of it, which is then forgotten here. */
  take(
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
  ): TakenOpen | undefined {
    if (this.state.table.size === 0) return undefined
    const slot = this.state.table.find(t0, t1, t2, t3, s0, s1)
    return slot === NONE ? undefined : this.state.remove(slot)
  }

  /**
   * Leases run anew from now on: the silence was ours. What ended meanwhile may still be on its way,
   * so none grows old enough to hang before it is heard of again.
   */
  restartLeases(nowMs: number): void {
    this.state.announcers.restart(nowMs)
    for (const slot of this.state.table.slots()) {
      this.state.excuse(slot, nowMs)
      this.state.schedule(slot)
    }
  }

  /** When something may fall due, ms; it may turn out that nothing does. */
  nextDueMs(): number | undefined {
    return this.state.nextDueMs()
  }

  decideDue(nowMs: number): void {
    for (const slot of this.state.takeDue(nowMs)) this.#decide(slot, nowMs)
  }

  #open(batch: OpenBatch, row: number, keys: BatchKeys, nowMs: number): void {
    const { state } = this
    const { takeInferred } = this.#setup
    const { ids } = batch
    const saidNano = state.startOf(batch, row, nowMs)
    const key = keys.announcer(batch.announcer[row]!)
    const fault = this.#faultOf(batch, row, key, saidNano, nowMs)
    const startNano = Math.min(saidNano, (nowMs - this.#setup.epochMs) * 1e6)
    const slot = fault === undefined ? state.add(batch, row, keys, startNano, nowMs) : NONE
    if (slot === NONE) {
      this.#setup.counters.faults[fault ?? 'trace_full'] += 1
      return
    }
    this.#takeYounger(slot, nowMs)
    const at = row * 8
    const inferred = takeInferred(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
    if (inferred !== undefined) {
      state.told.set(slot, inferred)
      this.#tell(slot, nowMs)
    }
    state.schedule(slot)
  }

  /** Why a span is not taken; makes room first where its process replaced another. */
  #faultOf(
    batch: OpenBatch,
    row: number,
    key: string,
    startNano: number,
    nowMs: number,
  ): AnnouncementFault | undefined {
    const { table, announcers } = this.state
    const { options, epochMs } = this.#setup
    const announcer = batch.announcers[batch.announcer[row]!]!
    const ageNano = (nowMs - epochMs) * 1e6 - startNano
    if (ageNano > options.maxOpenAgeMs * 1e6) return 'absurd_age'
    if (ageNano < -MAX_AHEAD_NANO) return 'future_start'
    if (!announcers.has(key)) {
      for (const former of announcers.former(announcer)) this.#dropAllOf(former, nowMs)
    }
    if (table.size >= options.maxOpen) return 'full'
    const isServiceFull = announcers.openOf(announcer.service) >= options.maxOpenPerService
    return isServiceFull ? 'service_full' : undefined
  }

  #hear(batch: OpenBatch, row: number, slot: number, nowMs: number): void {
    this.state.hear(slot, batch, row, nowMs)
    if (this.state.told.has(slot)) this.#tell(slot, nowMs)
    this.state.schedule(slot)
  }

  #decide(slot: number, nowMs: number): void {
    const { table } = this.state
    if (nowMs >= this.state.leakMs(slot)) {
      this.#leak(slot, nowMs)
      return
    }
    if (nowMs >= this.state.leaseEndMs(slot)) {
      const verdict = this.state.announcers.judge(
        table.announcer[slot]!,
        table.heardMs[slot]!,
        nowMs,
      )
      if (verdict === 'instance_lost') {
        this.#loseInstance(slot, nowMs)
        return
      }
      if (verdict !== 'lost') {
        this.#tellIfSlow(slot, nowMs)
        this.state.schedule(slot, verdict)
        return
      }
      this.state.lose(slot)
      if (this.state.told.has(slot)) this.#tell(slot, nowMs)
    }
    if (nowMs >= this.state.doubtEndMs(slot)) this.state.settle(slot)
    this.#tellIfSlow(slot, nowMs)
    this.state.schedule(slot)
  }

  #tellIfSlow(slot: number, nowMs: number): void {
    if (nowMs < this.state.slowMs(slot)) return
    if (this.state.isDoubtful(slot, nowMs)) this.state.set(slot, OPEN_FLAG.doubted)
    else this.#tell(slot, nowMs)
  }

  /** Old enough to be a hang: rules hear of it, or of what changed, unless it is an attempt. */
  #tell(slot: number, nowMs: number): void {
    const before = this.state.told.get(slot)
    if (before === undefined && this.state.isInside(slot)) {
      this.state.set(slot, OPEN_FLAG.attempt)
      return
    }
    const after = this.state.asRequest(slot)
    if (before !== undefined && isSame(before, after)) return
    this.state.told.set(slot, after)
    this.#setup.observe(before, after, nowMs)
  }

  /** The other way round: what rules heard of and lies inside a span that is announced only now. */
  #takeYounger(slot: number, nowMs: number): void {
    for (const other of this.state.table.inTrace(slot)) {
      const told = this.state.told.get(other)
      if (told === undefined || this.state.has(other, OPEN_FLAG.outermost)) continue
      if (!this.state.contains(slot, other)) continue
      this.state.set(other, OPEN_FLAG.attempt)
      this.state.told.delete(other)
      this.#setup.observe(told, undefined, nowMs)
    }
  }

  #leak(slot: number, nowMs: number): void {
    const { counters, observe } = this.#setup
    const told = this.state.told.get(slot)
    if (this.state.has(slot, OPEN_FLAG.leaked) || !this.state.hasLease(slot)) {
      // Nobody will say that it ended.
      if (!this.state.has(slot, OPEN_FLAG.leaked)) counters.leaked += 1
      this.#drop(slot, nowMs)
      return
    }
    this.state.set(slot, OPEN_FLAG.leaked)
    counters.leaked += 1
    counters.open.leaked += 1
    if (told !== undefined) {
      this.state.told.delete(slot)
      observe(told, undefined, nowMs)
    }
    this.state.schedule(slot)
  }

  #loseInstance(slot: number, nowMs: number): void {
    const { counters } = this.#setup
    const announcer = this.state.announcers.get(this.state.table.announcer[slot]!)
    if (!announcer.lost) {
      announcer.lost = true
      counters.instancesLost += 1
      const { service, instance } = announcer
      const spans = this.state.announcers.usesOf(this.state.table.announcer[slot]!)
      this.#setup.notice({ kind: 'instance_lost', service, instance, spans })
    }
    counters.spansOfLostInstances += 1
    this.#drop(slot, nowMs)
  }

  #dropAllOf(announcer: number, nowMs: number): void {
    for (const slot of this.state.heard.of(announcer)) this.#drop(slot, nowMs)
  }

  /** It is not watched any more, and how it ended is open: it counts for nothing. */
  #drop(slot: number, nowMs: number): void {
    const { told } = this.state.remove(slot)
    if (told !== undefined) this.#setup.observe(told, undefined, nowMs)
  }
}

function isSame(a: OpenRequest, b: OpenRequest): boolean {
  return (
    a.evidence === b.evidence &&
    a.firstChunkNano === b.firstChunkNano &&
    a.progressNano === b.progressNano &&
    a.lostNano === b.lostNano
  )
}
