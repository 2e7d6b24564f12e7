import type { EngineNotice, OpenCounters } from '../../../model/engine.ts'
import {
  ANNOUNCED_STATES,
  type GroupValues,
  type OpenBatch,
  type OpenRequest,
} from '../../../model/record.ts'
import type { RequestFacts } from '../../../model/outcome.ts'
import type { RequestsOptions } from '../../../model/rule.ts'
import { wordsToHex } from '../hex.ts'
import { NONE } from '../span-table.ts'
import { announcerKey, Announcers, type KnownAnnouncer } from './announcers.ts'
import { DueWheel } from './due-wheel.ts'
import { OPEN_FLAG, OpenTable } from './open-table.ts'
import { SharedValues } from './shared-values.ts'

const OPEN = ANNOUNCED_STATES.indexOf('open')
const ENDED = ANNOUNCED_STATES.indexOf('ended')

export interface OpenSpansSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  readonly hashSeed: number
  readonly counters: OpenCounters
  /** Has this span ended already, as far as is remembered? */
  readonly hasEnded: (
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
  ) => boolean
  readonly notice: (notice: EngineNotice) => void
  /** What rules know of this span by inference; it is told by announcements from now on. */
  readonly takeInferred: (
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
  ) => OpenRequest | undefined
  /** Hears of open requests that are old enough to hang, and what becomes of them; see Rules.observe. */
  readonly observe: (
    before: OpenRequest | undefined,
    after: OpenRequest | undefined,
    nowMs: number,
  ) => void
}

/** Group and facts, shared by all spans that have the same. */
export interface Profile {
  readonly group: GroupValues
  readonly facts: RequestFacts
}

/** What was known of a span that ended now. */
export interface TakenOpen {
  /** Its producer said that it is the request. */
  readonly outermost: boolean
  readonly startNano: number
  readonly firstChunkNano: number
  readonly profile: Profile
  readonly service: string
  /** What rules know of it; undefined = nothing yet. */
  readonly told: OpenRequest | undefined
}

/** Signs of progress, of the few that have any. */
interface Progress {
  /** From the start; -1 = unknown. */
  readonly firstChunkNano: number
  /** ns since the engine's epoch; -1 = unknown. */
  readonly progressNano: number
}

/** The columns of a span, from a snapshot. */
export interface RestoredSpan {
  readonly ids: readonly [number, number, number, number, number, number]
  readonly startNano: number
  readonly heardMs: number
  readonly flags: number
  readonly progress?: Progress
}

const NO_PROGRESS: Progress = { firstChunkNano: -1, progressNano: -1 }

/**
 * Spans known to have started and not known to have ended, by announcements. Rules hear of one when
 * it is old enough to be a hang. Silence of a span whose process speaks means `lost`; silence of a
 * whole process means that it died, and its spans go with it: a deploy is no outage.
 */
export class OpenSpans {
  readonly table: OpenTable
  readonly announcers = new Announcers()
  readonly profiles = new SharedValues<Profile>()
  readonly progress = new Map<number, Progress>()
  /** What rules know, by slot. */
  readonly told = new Map<number, OpenRequest>()
  readonly #due = new DueWheel()
  readonly #setup: OpenSpansSetup

  constructor(setup: OpenSpansSetup) {
    this.#setup = setup
    this.table = new OpenTable(setup.hashSeed)
  }

  /** Takes announcements. `onEnded` is called for each that says how its span ended. */
  note(batch: OpenBatch, nowMs: number, onEnded: (row: number, open: TakenOpen) => void): void {
    const { ids } = batch
    const keys = new BatchKeys(batch)
    for (let row = 0; row < batch.count; row += 1) {
      const at = row * 8
      const t0 = ids[at]!
      const t1 = ids[at + 1]!
      const t2 = ids[at + 2]!
      const t3 = ids[at + 3]!
      const s0 = ids[at + 4]!
      const s1 = ids[at + 5]!
      const slot = this.table.find(t0, t1, t2, t3, s0, s1)
      const state = batch.state[row]!
      if (state === OPEN) {
        if (slot !== NONE) this.#hear(batch, row, slot, nowMs)
        else if (!this.#setup.hasEnded(t0, t1, t2, t3, s0, s1)) this.#open(batch, row, keys, nowMs)
      } else if (slot === NONE) {
        if (!this.#setup.hasEnded(t0, t1, t2, t3, s0, s1)) {
          this.#setup.counters.faults.closed_unknown += 1
        }
      } else if (state === ENDED && (this.table.flags[slot]! & OPEN_FLAG.outermost) !== 0) {
        onEnded(row, this.#takeSlot(slot))
      } else {
        this.#drop(slot, nowMs)
      }
    }
  }

  has(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    return this.table.size > 0 && this.table.find(t0, t1, t2, t3, s0, s1) !== NONE
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
    if (this.table.size === 0) return undefined
    const slot = this.table.find(t0, t1, t2, t3, s0, s1)
    return slot === NONE ? undefined : this.#takeSlot(slot)
  }

  /** Leases run anew from now on: the silence was ours. */
  restartLeases(nowMs: number): void {
    this.announcers.restart(nowMs)
    for (const slot of this.table.slots()) {
      if ((this.table.flags[slot]! & OPEN_FLAG.lost) !== 0) continue
      this.table.heardMs[slot] = nowMs
      this.schedule(slot)
    }
  }

  /** Puts a span of a snapshot in its place; `told` and {@link schedule} come after. */
  restore(span: RestoredSpan, announcer: KnownAnnouncer, profile: Profile): number {
    const { table } = this
    const { open } = this.#setup.counters
    table.find(...span.ids)
    const slot = table.add(...span.ids)
    table.startNano[slot] = span.startNano
    table.heardMs[slot] = span.heardMs
    table.flags[slot] = span.flags
    table.announcer[slot] = this.announcers.restore(announcer)
    table.profile[slot] = this.profiles.use(profileKey(profile.group, profile.facts), () => profile)
    if (span.progress !== undefined) this.progress.set(slot, span.progress)
    open.announced += 1
    if ((span.flags & OPEN_FLAG.lost) !== 0) open.lost += 1
    if ((span.flags & OPEN_FLAG.leaked) !== 0) open.leaked += 1
    return slot
  }

  /** When something may fall due, ms; it may turn out that nothing does. */
  nextDueMs(): number | undefined {
    return this.#due.nextMs()
  }

  decideDue(nowMs: number): void {
    const inOrder = this.#due.takeDue(nowMs, (a, b) => this.table.compare(a, b))
    for (const slot of inOrder) this.#decide(slot, nowMs)
  }

  /** Sets when to look at a slot again. */
  schedule(slot: number): void {
    this.#due.set(slot, Math.min(this.#slowMs(slot), this.#leakMs(slot), this.#leaseEndMs(slot)))
  }

  #open(batch: OpenBatch, row: number, keys: BatchKeys, nowMs: number): void {
    const { table, announcers } = this
    const { options, counters, epochMs } = this.#setup
    const announcer = batch.announcers[batch.announcer[row]!]!
    const startNano = this.#startOf(batch, row, nowMs)
    if ((nowMs - epochMs) * 1e6 - startNano > options.maxOpenAgeMs * 1e6) {
      counters.faults.absurd_age += 1
      return
    }
    for (const former of announcers.former(announcer)) this.#dropAllOf(former, nowMs)
    if (table.size >= options.maxOpen) {
      counters.faults.full += 1
      return
    }
    if (announcers.openOf(announcer.service) >= options.maxOpenPerService) {
      counters.faults.service_full += 1
      return
    }
    const at = row * 8
    const { ids } = batch
    const slot = table.add(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
    if (slot === NONE) {
      counters.faults.trace_full += 1
      return
    }
    const group = batch.groups[batch.group[row]!]!
    const facts = batch.facts[batch.fact[row]!]!
    table.startNano[slot] = startNano
    table.heardMs[slot] = nowMs
    table.announcer[slot] = announcers.use(
      keys.announcer(batch.announcer[row]!),
      announcer,
      batch.heartbeatMs[row]!,
      nowMs,
    )
    table.profile[slot] = this.profiles.use(keys.profile(row), () => ({ group, facts }))
    table.flags[slot] = batch.outermost[row] === 1 ? OPEN_FLAG.outermost : 0
    counters.open.announced += 1
    this.#noteProgress(batch, row, slot, nowMs)
    this.#takeYounger(slot, nowMs)
    const inferred = this.#setup.takeInferred(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
    if (inferred !== undefined) {
      this.told.set(slot, inferred)
      this.#tell(slot, nowMs)
    }
    this.schedule(slot)
  }

  #hear(batch: OpenBatch, row: number, slot: number, nowMs: number): void {
    const { table, announcers } = this
    announcers.hear(table.announcer[slot]!, batch.heartbeatMs[row]!, nowMs)
    table.heardMs[slot] = nowMs
    if ((table.flags[slot]! & OPEN_FLAG.lost) !== 0) {
      table.flags[slot] = table.flags[slot]! & ~OPEN_FLAG.lost
      this.#setup.counters.open.lost -= 1
    }
    this.#noteProgress(batch, row, slot, nowMs)
    if (this.told.has(slot)) this.#tell(slot, nowMs)
    this.schedule(slot)
  }

  /** By our clock: the producer's monotonic age, else its start, which cannot lie in the future. */
  #startOf(batch: OpenBatch, row: number, nowMs: number): number {
    const nowNano = (nowMs - this.#setup.epochMs) * 1e6
    const ageNano = batch.ageNano[row]!
    if (ageNano >= 0) return nowNano - ageNano
    const startUnixNano = batch.startUnixNano[row]!
    if (startUnixNano === 0n) return nowNano
    const epochNano = BigInt(this.#setup.epochMs) * 1_000_000n
    return Math.min(nowNano, Number(startUnixNano - epochNano))
  }

  #noteProgress(batch: OpenBatch, row: number, slot: number, nowMs: number): void {
    const known = this.progress.get(slot) ?? NO_PROGRESS
    let { firstChunkNano, progressNano } = known
    const ageNano = batch.progressAgeNano[row]!
    if (ageNano >= 0) {
      const seenNano = (nowMs - this.#setup.epochMs) * 1e6 - ageNano
      progressNano = Math.max(progressNano, seenNano)
      // Progress that was seen is a chunk that came; the first one no later than that.
      if (firstChunkNano < 0) {
        firstChunkNano = Math.max(0, seenNano - this.table.startNano[slot]!)
      }
    }
    if (batch.firstChunkNano[row]! >= 0) firstChunkNano = batch.firstChunkNano[row]!
    if (firstChunkNano !== known.firstChunkNano || progressNano !== known.progressNano) {
      this.progress.set(slot, { firstChunkNano, progressNano })
    }
  }

  #decide(slot: number, nowMs: number): void {
    const { table } = this
    if (nowMs >= this.#leakMs(slot)) {
      this.#leak(slot, nowMs)
      return
    }
    if (nowMs >= this.#leaseEndMs(slot)) {
      const verdict = this.announcers.judge(table.announcer[slot]!, table.heardMs[slot]!, nowMs)
      if (verdict === 'instance_lost') {
        this.#loseInstance(slot, nowMs)
        return
      }
      if (verdict !== 'lost') {
        if (nowMs >= this.#slowMs(slot)) this.#tell(slot, nowMs)
        this.#due.set(slot, Math.min(verdict, this.#slowMs(slot), this.#leakMs(slot)))
        return
      }
      table.flags[slot] = table.flags[slot]! | OPEN_FLAG.lost
      this.#setup.counters.open.lost += 1
      if (this.told.has(slot)) this.#tell(slot, nowMs)
    }
    if (nowMs >= this.#slowMs(slot)) this.#tell(slot, nowMs)
    this.schedule(slot)
  }

  /** Old enough to be a hang: rules hear of it, or of what changed, unless it is an attempt. */
  #tell(slot: number, nowMs: number): void {
    const { table } = this
    const before = this.told.get(slot)
    if (before === undefined && this.#isInside(slot)) {
      table.flags[slot] = table.flags[slot]! | OPEN_FLAG.attempt
      return
    }
    const after = this.#request(slot)
    if (before !== undefined && isSame(before, after)) return
    this.told.set(slot, after)
    this.#setup.observe(before, after, nowMs)
  }

  #request(slot: number): OpenRequest {
    const { table, announcers } = this
    const lost = (table.flags[slot]! & OPEN_FLAG.lost) !== 0
    const leaseEndMs = announcers.leaseEndMs(table.announcer[slot]!, table.heardMs[slot]!)
    return {
      state: 'open',
      traceId: wordsToHex(table.ids, slot * 6, 4),
      spanId: wordsToHex(table.ids, slot * 6 + 4, 2),
      evidence: lost ? 'lost' : 'announced',
      startNano: table.startNano[slot]!,
      ...(this.progress.get(slot) ?? NO_PROGRESS),
      lostNano: lost ? (leaseEndMs - this.#setup.epochMs) * 1e6 : undefined,
      ...this.profiles.get(table.profile[slot]!),
      service: announcers.get(table.announcer[slot]!).service,
    }
  }

  /** An older open span of the same process and trace contains it, unless it is said to be outermost. */
  #isInside(slot: number): boolean {
    const { table } = this
    if ((table.flags[slot]! & OPEN_FLAG.outermost) !== 0) return false
    for (const other of table.inTrace(slot)) {
      if (this.#contains(other, slot)) return true
    }
    return false
  }

  /** The other way round: what rules heard of and lies inside a span that is announced only now. */
  #takeYounger(slot: number, nowMs: number): void {
    for (const other of this.table.inTrace(slot)) {
      const told = this.told.get(other)
      if (told === undefined || (this.table.flags[other]! & OPEN_FLAG.outermost) !== 0) continue
      if (!this.#contains(slot, other)) continue
      this.table.flags[other] = this.table.flags[other]! | OPEN_FLAG.attempt
      this.told.delete(other)
      this.#setup.observe(told, undefined, nowMs)
    }
  }

  #contains(outer: number, inner: number): boolean {
    const { startNano, announcer } = this.table
    return announcer[outer] === announcer[inner] && startNano[outer]! < startNano[inner]!
  }

  #leak(slot: number, nowMs: number): void {
    const { table } = this
    const { counters, observe } = this.#setup
    const told = this.told.get(slot)
    if ((table.flags[slot]! & OPEN_FLAG.leaked) !== 0 || !this.#hasLease(slot)) {
      // Nobody will say that it ended.
      if ((table.flags[slot]! & OPEN_FLAG.leaked) === 0) counters.leaked += 1
      this.#drop(slot, nowMs)
      return
    }
    table.flags[slot] = table.flags[slot]! | OPEN_FLAG.leaked
    counters.leaked += 1
    counters.open.leaked += 1
    if (told !== undefined) {
      this.told.delete(slot)
      observe(told, undefined, nowMs)
    }
    this.schedule(slot)
  }

  #loseInstance(slot: number, nowMs: number): void {
    const { counters } = this.#setup
    const announcer = this.announcers.get(this.table.announcer[slot]!)
    if (!announcer.lost) {
      announcer.lost = true
      counters.instancesLost += 1
      const { service, instance } = announcer
      const spans = this.announcers.usesOf(this.table.announcer[slot]!)
      this.#setup.notice({ kind: 'instance_lost', service, instance, spans })
    }
    counters.spansOfLostInstances += 1
    this.#drop(slot, nowMs)
  }

  #dropAllOf(announcer: number, nowMs: number): void {
    for (const slot of this.table.slots()) {
      if (this.table.announcer[slot] === announcer) this.#drop(slot, nowMs)
    }
  }

  /** It is not watched any more, and how it ended is open: it counts for nothing. */
  #drop(slot: number, nowMs: number): void {
    const { told } = this.#takeSlot(slot)
    if (told !== undefined) this.#setup.observe(told, undefined, nowMs)
  }

  #takeSlot(slot: number): TakenOpen {
    const { table, announcers, profiles } = this
    const { open } = this.#setup.counters
    const flags = table.flags[slot]!
    const taken: TakenOpen = {
      outermost: (flags & OPEN_FLAG.outermost) !== 0,
      startNano: table.startNano[slot]!,
      firstChunkNano: (this.progress.get(slot) ?? NO_PROGRESS).firstChunkNano,
      profile: profiles.get(table.profile[slot]!),
      service: announcers.get(table.announcer[slot]!).service,
      told: this.told.get(slot),
    }
    open.announced -= 1
    if ((flags & OPEN_FLAG.lost) !== 0) open.lost -= 1
    if ((flags & OPEN_FLAG.leaked) !== 0) open.leaked -= 1
    this.told.delete(slot)
    this.progress.delete(slot)
    announcers.release(table.announcer[slot]!)
    profiles.release(table.profile[slot]!)
    this.#due.set(slot, Infinity)
    table.remove(slot)
    return taken
  }

  #hasLease(slot: number): boolean {
    return this.announcers.get(this.table.announcer[slot]!).heartbeatMs > 0
  }

  /** When it is old enough for rules; Infinity = they know, or need not. */
  #slowMs(slot: number): number {
    const { flags, startNano } = this.table
    if (this.told.has(slot) || (flags[slot]! & (OPEN_FLAG.attempt | OPEN_FLAG.leaked)) !== 0) {
      return Infinity
    }
    return this.#ceilMs(startNano[slot]! + this.#setup.options.slowNano)
  }

  #leakMs(slot: number): number {
    const { options } = this.#setup
    const leakMs = this.#ceilMs(this.table.startNano[slot]! + options.maxOpenAgeMs * 1e6)
    // A leaked span with a lease goes when that ends.
    return (this.table.flags[slot]! & OPEN_FLAG.leaked) === 0 ? leakMs : this.#endOfLeaseMs(slot)
  }

  /** When its lease ends and that is news; Infinity = it has none, or is lost or leaked already. */
  #leaseEndMs(slot: number): number {
    const settled = OPEN_FLAG.lost | OPEN_FLAG.leaked
    return (this.table.flags[slot]! & settled) === 0 ? this.#endOfLeaseMs(slot) : Infinity
  }

  #endOfLeaseMs(slot: number): number {
    return this.announcers.leaseEndMs(this.table.announcer[slot]!, this.table.heardMs[slot]!)
  }

  #ceilMs(nano: number): number {
    return this.#setup.epochMs + Math.ceil(nano / 1e6)
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

function profileKey(group: GroupValues, facts: RequestFacts): string {
  return JSON.stringify([group, facts])
}

/** Keys of shared values, made once a batch: its rows have few groups, facts and announcers. */
class BatchKeys {
  readonly #batch: OpenBatch
  readonly #announcers: string[] = []
  /** By index of facts, then of group. */
  readonly #profiles: string[][] = []

  constructor(batch: OpenBatch) {
    this.#batch = batch
  }

  announcer(index: number): string {
    return (this.#announcers[index] ??= announcerKey(this.#batch.announcers[index]!))
  }

  profile(row: number): string {
    const { group, fact, groups, facts } = this.#batch
    const byGroup = (this.#profiles[fact[row]!] ??= [])
    return (byGroup[group[row]!] ??= profileKey(groups[group[row]!]!, facts[fact[row]!]!))
  }
}
