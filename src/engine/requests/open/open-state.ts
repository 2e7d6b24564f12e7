import type { OpenCounters } from '../../../model/engine.ts'
import type { RequestFacts } from '../../../model/outcome.ts'
import type { GroupValues, OpenBatch, OpenRequest } from '../../../model/record.ts'
import type { RequestsOptions } from '../../../model/rule.ts'
import { wordsToHex } from '../hex.ts'
import { NONE } from '../span-table.ts'
import type { StoredIds } from '../stored.ts'
import { Announcers, type KnownAnnouncer } from './announcers.ts'
import { type BatchKeys, profileKey } from './batch-keys.ts'
import { ClosedSpans } from './closed-spans.ts'
import { DueWheel } from './due-wheel.ts'
import { HeardLists } from './heard-lists.ts'
import { OpenProgress, type Progress } from './open-progress.ts'
import { OPEN_FLAG, OpenTable } from './open-table.ts'
import { SharedValues } from './shared-values.ts'

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

/** The columns of a span, from a snapshot. */
export interface RestoredSpan {
  readonly ids: StoredIds
  readonly startNano: number
  readonly heardMs: number
  readonly flags: number
  readonly progress?: Progress
}

/** An announcement this much later than promised is overdue, in heartbeats. */
const OVERDUE_HEARTBEATS = 1.2
/** How long after a silence of ours one without a lease is given to end, ms. */
const UNLEASED_DOUBT_MS = 30_000

export interface OpenStateSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  readonly hashSeed: number
  readonly counters: OpenCounters
}

/** What is known of each open span: columns, what is shared, and when to look at it again. */
export class OpenState {
  readonly table: OpenTable
  readonly announcers: Announcers
  readonly profiles = new SharedValues<Profile>()
  readonly progress = new OpenProgress()
  /** What rules know, by slot. */
  readonly told = new Map<number, OpenRequest>()
  readonly closed: ClosedSpans
  readonly heard: HeardLists
  readonly #due = new DueWheel()
  readonly #setup: OpenStateSetup

  constructor(setup: OpenStateSetup) {
    this.#setup = setup
    this.table = new OpenTable(setup.hashSeed)
    this.heard = new HeardLists(this.table)
    this.announcers = new Announcers(setup.options.maxOpenAgeMs)
    this.closed = new ClosedSpans(setup.hashSeed, setup.options.rememberMs)
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
    this.heard.append(slot)
    table.profile[slot] = this.profiles.use(profileKey(profile.group, profile.facts), () => profile)
    if (span.progress !== undefined) this.progress.set(slot, span.progress)
    open.announced += 1
    if ((span.flags & OPEN_FLAG.lost) !== 0) open.lost += 1
    if ((span.flags & OPEN_FLAG.leaked) !== 0) open.leaked += 1
    return slot
  }

  /** A span that was just looked for in vain is open; NONE = its trace has too many. */
  add(batch: OpenBatch, row: number, keys: BatchKeys, startNano: number, nowMs: number): number {
    const { table, announcers } = this
    const { ids } = batch
    const at = row * 8
    const slot = table.add(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
    if (slot === NONE) return NONE
    const group = batch.groups[batch.group[row]!]!
    const facts = batch.facts[batch.fact[row]!]!
    table.startNano[slot] = startNano
    table.heardMs[slot] = nowMs
    table.announcer[slot] = announcers.use(
      keys.announcer(batch.announcer[row]!),
      batch.announcers[batch.announcer[row]!]!,
      batch.heartbeatMs[row]!,
      nowMs,
    )
    table.profile[slot] = this.profiles.use(keys.profile(row), () => ({ group, facts }))
    table.flags[slot] = batch.outermost[row] === 1 ? OPEN_FLAG.outermost : 0
    this.heard.append(slot)
    this.#setup.counters.open.announced += 1
    this.progress.note(batch, row, slot, this.#sinceEpochNano(nowMs), 0)
    return slot
  }

  /** Forgets a span; returns what was known of it. */
  remove(slot: number): TakenOpen {
    const { table, announcers, profiles } = this
    const { open } = this.#setup.counters
    const flags = table.flags[slot]!
    const taken: TakenOpen = {
      outermost: (flags & OPEN_FLAG.outermost) !== 0,
      startNano: table.startNano[slot]!,
      firstChunkNano: this.progress.of(slot).firstChunkNano,
      profile: profiles.get(table.profile[slot]!),
      service: announcers.get(table.announcer[slot]!).service,
      told: this.told.get(slot),
    }
    open.announced -= 1
    if ((flags & OPEN_FLAG.lost) !== 0) open.lost -= 1
    if ((flags & OPEN_FLAG.leaked) !== 0) open.leaked -= 1
    this.told.delete(slot)
    this.progress.delete(slot)
    this.heard.remove(slot)
    announcers.release(table.announcer[slot]!)
    profiles.release(table.profile[slot]!)
    this.#due.set(slot, Infinity)
    table.remove(slot)
    return taken
  }

  /** By our clock: the producer's monotonic age, else its start, which may lie in the future. */
  startOf(batch: OpenBatch, row: number, nowMs: number): number {
    const nowNano = this.#sinceEpochNano(nowMs)
    const ageNano = batch.ageNano[row]!
    if (ageNano >= 0) return nowNano - ageNano
    const startUnixNano = batch.startUnixNano[row]!
    if (startUnixNano === 0n) return nowNano
    const epochNano = BigInt(this.#setup.epochMs) * 1_000_000n
    return Number(startUnixNano - epochNano)
  }

  /** It was announced again. */
  hear(slot: number, batch: OpenBatch, row: number, nowMs: number): void {
    const { table } = this
    this.announcers.hear(table.announcer[slot]!, batch.heartbeatMs[row]!, nowMs)
    this.heard.remove(slot)
    if (this.has(slot, OPEN_FLAG.lost)) this.#setup.counters.open.lost -= 1
    const nowNano = this.#sinceEpochNano(nowMs)
    this.progress.note(batch, row, slot, nowNano, this.#provenWaitNano(slot))
    table.heardMs[slot] = nowMs
    table.flags[slot] = table.flags[slot]! & ~(OPEN_FLAG.lost | OPEN_FLAG.doubted)
    this.heard.append(slot)
  }

  /** Its lease ended, its process lives. */
  lose(slot: number): void {
    this.heard.remove(slot)
    this.settle(slot)
    this.set(slot, OPEN_FLAG.lost)
    this.#setup.counters.open.lost += 1
    this.heard.append(slot)
  }

  /** The silence until now was ours: it is as if it had been heard of, but that proves nothing. */
  excuse(slot: number, nowMs: number): void {
    if (this.has(slot, OPEN_FLAG.lost)) return
    this.table.heardMs[slot] = nowMs
    if (!this.told.has(slot)) this.set(slot, OPEN_FLAG.doubted)
  }

  /** It is in doubt no more. */
  settle(slot: number): void {
    this.table.flags[slot] = this.table.flags[slot]! & ~OPEN_FLAG.doubted
  }

  /**
   * May it have ended without our knowing? So where another span of its process is overdue: a
   * process that was killed stays silent about all of them.
   */
  isDoubtful(slot: number, nowMs: number): boolean {
    const { heardMs, announcer, startNano } = this.table
    if (this.has(slot, OPEN_FLAG.lost)) return false
    if (heardMs[slot]! >= this.#ceilMs(startNano[slot]! + this.#setup.options.slowNano)) {
      return false
    }
    const { heartbeatMs } = this.announcers.get(announcer[slot]!)
    const silentMs = nowMs - this.heard.leastHeardMs(announcer[slot]!)
    return heartbeatMs > 0 && silentMs > OVERDUE_HEARTBEATS * heartbeatMs
  }

  /** When one without a lease is in doubt no more; Infinity = another way. */
  doubtEndMs(slot: number): number {
    if (!this.has(slot, OPEN_FLAG.doubted) || this.hasLease(slot)) return Infinity
    return this.table.heardMs[slot]! + UNLEASED_DOUBT_MS
  }

  /** For how long it is known that nothing came: until it was last heard of, before now. */
  #provenWaitNano(slot: number): number {
    const { heardMs, startNano } = this.table
    if (this.has(slot, OPEN_FLAG.doubted)) return 0
    return Math.max(0, this.#sinceEpochNano(heardMs[slot]!) - startNano[slot]!)
  }

  /** As rules are told of it. */
  asRequest(slot: number): OpenRequest {
    const { table, announcers } = this
    const lost = this.has(slot, OPEN_FLAG.lost)
    const leaseEndMs = announcers.leaseEndMs(table.announcer[slot]!, table.heardMs[slot]!)
    return {
      state: 'open',
      traceId: wordsToHex(table.ids, slot * 6, 4),
      spanId: wordsToHex(table.ids, slot * 6 + 4, 2),
      evidence: lost ? 'lost' : 'announced',
      startNano: table.startNano[slot]!,
      ...this.progress.of(slot),
      lostNano: lost ? this.#sinceEpochNano(leaseEndMs) : undefined,
      ...this.profiles.get(table.profile[slot]!),
      service: announcers.get(table.announcer[slot]!).service,
    }
  }

  /** An older open span of the same process and trace contains it, unless it is said to be outermost. */
  isInside(slot: number): boolean {
    const { table } = this
    if (this.has(slot, OPEN_FLAG.outermost)) return false
    for (const other of table.inTrace(slot)) {
      if (this.contains(other, slot)) return true
    }
    return false
  }

  contains(outer: number, inner: number): boolean {
    const { startNano, announcer } = this.table
    return announcer[outer] === announcer[inner] && startNano[outer]! < startNano[inner]!
  }

  has(slot: number, flag: number): boolean {
    return (this.table.flags[slot]! & flag) !== 0
  }

  set(slot: number, flag: number): void {
    this.table.flags[slot] = this.table.flags[slot]! | flag
  }

  /** When something may fall due, ms; it may turn out that nothing does. */
  nextDueMs(): number | undefined {
    return this.#due.nextMs()
  }

  /** Takes out what is due, in an order that depends on nothing but what is due. */
  takeDue(nowMs: number): number[] {
    return this.#due.takeDue(nowMs, (a, b) => this.table.compare(a, b))
  }

  /** Sets when to look at a slot again; `leaseMs` where its lease is looked at at another time. */
  schedule(slot: number, leaseMs = this.leaseEndMs(slot)): void {
    this.#due.set(
      slot,
      Math.min(this.slowMs(slot), this.leakMs(slot), this.doubtEndMs(slot), leaseMs),
    )
  }

  hasLease(slot: number): boolean {
    return this.announcers.get(this.table.announcer[slot]!).heartbeatMs > 0
  }

  /** When it is old enough for rules; Infinity = they know, or need not. */
  slowMs(slot: number): number {
    const { flags, startNano } = this.table
    const silent = OPEN_FLAG.attempt | OPEN_FLAG.leaked | OPEN_FLAG.doubted
    if (this.told.has(slot) || (flags[slot]! & silent) !== 0) return Infinity
    return this.#ceilMs(startNano[slot]! + this.#setup.options.slowNano)
  }

  leakMs(slot: number): number {
    const { options } = this.#setup
    const leakMs = this.#ceilMs(this.table.startNano[slot]! + options.maxOpenAgeMs * 1e6)
    // A leaked span with a lease goes when that ends.
    return !this.has(slot, OPEN_FLAG.leaked) ? leakMs : this.#endOfLeaseMs(slot)
  }

  /** When its lease ends and that is news; Infinity = it has none, or is lost or leaked already. */
  leaseEndMs(slot: number): number {
    const settled = OPEN_FLAG.lost | OPEN_FLAG.leaked
    return (this.table.flags[slot]! & settled) === 0 ? this.#endOfLeaseMs(slot) : Infinity
  }

  #endOfLeaseMs(slot: number): number {
    return this.announcers.leaseEndMs(this.table.announcer[slot]!, this.table.heardMs[slot]!)
  }

  #sinceEpochNano(ms: number): number {
    return (ms - this.#setup.epochMs) * 1e6
  }

  #ceilMs(nano: number): number {
    return this.#setup.epochMs + Math.ceil(nano / 1e6)
  }
}
