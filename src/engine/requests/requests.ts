import { hash32 } from '../../lib/hash.ts'
import type { EngineCounters } from '../../model/engine.ts'
import { OUTCOMES } from '../../model/outcome.ts'
import {
  type DecidedRequest,
  EVIDENCE,
  RECORD_ROLES,
  type RecordBatch,
  type RecordRole,
} from '../../model/record.ts'
import type { RequestsOptions } from '../../model/rule.ts'
import { type Attempt, type Entry, decideWith, reviseWith } from './fold.ts'
import { type MemorySnapshot, restoreMemory, snapshotMemory } from './snapshot.ts'
import { FATE, QUEUE, SpanMemory } from './span-memory.ts'
import { NONE } from './span-table.ts'

/** Roles as the table holds them: one more than the index in RECORD_ROLES. */
const roleNumber = (role: RecordRole): number => RECORD_ROLES.indexOf(role) + 1
/** Not come yet, but somebody waits for it. */
const AWAITED = 0
const REQUEST = roleNumber('request')
const UNSURE = roleNumber('unsure')
const CANDIDATE = roleNumber('candidate')
const ATTEMPT = roleNumber('attempt')
const SIGN = roleNumber('sign')
/** This and the following match nothing by themselves. */
const LINK = roleNumber('link')
const VOID = roleNumber('void')

const OK = OUTCOMES.indexOf('ok')

/** How many requests of one trace are looked at to find one that encloses a candidate. */
const MAX_TRACE_WALK = 1000

export interface RequestsSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  /** Any number, kept from senders; guards the table against chosen collisions. */
  readonly hashSeed: number
  readonly counters: EngineCounters
  /** Hears what becomes of requests; see Rules.observe. */
  readonly observe: (
    before: DecidedRequest | undefined,
    after: DecidedRequest | undefined,
    nowMs: number,
  ) => void
}

/**
 * First stage of the engine: finds out which spans are requests.
 *
 * Spans hang below their parents, come or not. A batch is indexed first and decided then, so its
 * order does not matter. A request takes what hangs below it as its attempts, with their evidence;
 * what hangs below nothing for `decision_wait` is decided by its place in time.
 */
export class Requests {
  readonly memory: SpanMemory
  readonly #setup: RequestsSetup
  readonly #touched: number[] = []

  /** `snapshot`: what {@link snapshot} gave, to go on from there. */
  constructor(setup: RequestsSetup, snapshot?: MemorySnapshot) {
    this.#setup = setup
    this.memory = new SpanMemory(setup.options, setup.hashSeed)
    if (snapshot !== undefined) restoreMemory(this.memory, snapshot)
  }

  /** JSON-serialisable; between entries only. */
  snapshot(): MemorySnapshot {
    return snapshotMemory(this.memory)
  }

  /** Everything due must have been decided before; see {@link decideDue}. */
  apply(records: RecordBatch, nowMs: number): void {
    this.memory.forget(nowMs)
    this.#index(records, nowMs)
    for (const slot of this.#touched) this.#settle(slot, nowMs)
    this.#touched.length = 0
    const { queues } = this.memory
    while (queues.length(QUEUE.waiting) > this.#setup.options.maxCandidates) {
      this.#setup.counters.decidedEarly += 1
      this.#decideByTime(queues.first(QUEUE.waiting), nowMs)
    }
  }

  /** When the longest-waiting span is decided, ms; undefined = nothing waits. */
  nextDueMs(): number | undefined {
    const { queues } = this.memory
    const slot = queues.first(QUEUE.waiting)
    if (slot === NONE) return undefined
    return queues.sinceMs[slot]! + this.#setup.options.decisionWaitMs
  }

  /** Decides what is due at `nowMs`. */
  decideDue(nowMs: number): void {
    for (let due = this.nextDueMs(); due !== undefined && due <= nowMs; due = this.nextDueMs()) {
      this.#decideByTime(this.memory.queues.first(QUEUE.waiting), nowMs)
    }
  }

  waitsFor(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    const { table } = this.memory
    const slot = table.find(t0, t1, t2, t3, s0, s1)
    return slot !== NONE && table.role[slot] === AWAITED
  }

  #index(records: RecordBatch, nowMs: number): void {
    const { memory } = this
    const { table } = memory
    const { options, counters, epochMs } = this.#setup
    const { ids } = records
    const nowNano = (nowMs - epochMs) * 1e6
    const ends = endsSince(records.endUnixNano, epochMs)
    const producers = records.producers.map((of) => hash32(`${of.service}\0${of.instance}`))
    const complete = records.groups.map((group) => !group.includes(undefined))
    for (let row = 0; row < records.count; row += 1) {
      const role = records.role[row]! + 1
      const at = row * 8
      const t0 = ids[at]!
      const t1 = ids[at + 1]!
      const t2 = ids[at + 2]!
      const t3 = ids[at + 3]!
      let slot = table.find(t0, t1, t2, t3, ids[at + 4]!, ids[at + 5]!)
      if (slot !== NONE && table.role[slot] !== AWAITED) {
        if (role < LINK) counters.duplicates += 1
        continue
      }
      if (slot === NONE) {
        counters.idsForgotten += memory.makeRoom()
        slot = table.add(t0, t1, t2, t3, ids[at + 4]!, ids[at + 5]!)
      }
      table.role[slot] = role
      table.arrivedMs[slot] = nowMs
      table.parentIds[slot * 2] = ids[at + 6]!
      table.parentIds[slot * 2 + 1] = ids[at + 7]!
      if (role >= LINK) {
        table.state[slot] = FATE.done
        memory.remember(slot, nowMs)
      } else {
        // A clock ahead of ours: the whole span moves back, its duration stays.
        table.endNano[slot] = Math.min(ends(row), nowNano)
        table.durationNano[slot] = records.durationNano[row]!
        table.producer[slot] = producers[records.producer[row]!]!
        if (role <= CANDIDATE) table.chain(slot)
        const good = records.outcome[row] === OK && records.durationNano[row]! < options.slowNano
        if (good && role === REQUEST && complete[records.group[row]!]! && !this.#mayTake(slot)) {
          this.#decideGood(records, row, slot, nowMs)
          continue
        }
        table.state[slot] = FATE.open
        table.notable[slot] = good ? 0 : 1
        this.#keep(records, row, slot)
        memory.queues.push(QUEUE.waiting, slot, nowMs)
      }
      this.#touched.push(slot)
      if (role === CANDIDATE || role === ATTEMPT || role === SIGN || role === LINK) {
        memory.hang(slot, memory.awaited(t0, t1, t2, t3, ids[at + 6]!, ids[at + 7]!))
      }
    }
  }

  /** Is there something in this trace that the request could have as an attempt? */
  #mayTake(slot: number): boolean {
    const { table, forest, early } = this.memory
    if (forest.firstChild(slot) !== NONE) return true
    if (early.size === 0) return false
    let other = table.firstInTrace(slot)
    for (let step = 0; step < MAX_TRACE_WALK && other !== NONE; step += 1) {
      if (early.has(other) && table.sameTrace(other, slot)) return true
      other = table.nextInTrace(other)
    }
    return false
  }

  /**
   * The common case, for less: a request that ended ok in time, and whose group is complete. Nothing
   * that its attempts bring, before or after, changes what it counts for.
   */
  #decideGood(records: RecordBatch, row: number, slot: number, nowMs: number): void {
    const { table, queues } = this.memory
    const { options, observe, epochMs } = this.#setup
    const endNano = table.endNano[slot]!
    table.state[slot] = FATE.decided
    queues.push(QUEUE.good, slot, nowMs)
    const request: DecidedRequest = {
      state: 'ended',
      traceId: this.memory.traceId(slot),
      spanId: this.memory.spanId(slot),
      outcome: 'ok',
      endNano,
      durationNano: table.durationNano[slot]!,
      firstChunkNano: records.firstChunkNano[row]!,
      stream: (records.evidence[row]! & EVIDENCE.stream) !== 0,
      group: records.groups[records.group[row]!]!,
      facts: records.facts[records.fact[row]!]!,
      service: records.producers[records.producer[row]!]!.service,
      late: (nowMs - epochMs) * 1e6 - endNano > options.maxLatenessMs * 1e6,
    }
    observe(undefined, request, nowMs)
  }

  #keep(records: RecordBatch, row: number, slot: number): void {
    this.memory.details.set(slot, {
      outcome: OUTCOMES[records.outcome[row]!]!,
      outcomeIfUpstream: OUTCOMES[records.outcomeIfUpstream[row]!]!,
      outcomeIfSigned: OUTCOMES[records.outcomeIfSigned[row]!]!,
      evidence: records.evidence[row]!,
      firstChunkNano: records.firstChunkNano[row]!,
      group: records.groups[records.group[row]!]!,
      facts: records.facts[records.fact[row]!]!,
      service: records.producers[records.producer[row]!]!.service,
    })
  }

  /** Decides what can be, now that everything of the batch is in its place. */
  #settle(slot: number, nowMs: number): void {
    const { table, forest } = this.memory
    const role = table.role[slot]!
    if (role === REQUEST) {
      this.#decide(slot, nowMs, 'own')
    } else if (role === UNSURE) {
      if (table.state[slot] === FATE.open && this.#latestSign(slot) > -Infinity) {
        this.#decide(slot, nowMs, 'signed')
      }
    } else if (role === CANDIDATE || role === ATTEMPT) {
      this.#place(slot, nowMs)
    } else {
      if (role === SIGN) this.#sign(slot, nowMs)
      for (const below of forest.below(slot, (at) => this.#passes(at))) {
        if (this.#isMatch(below)) this.#place(below, nowMs)
      }
    }
  }

  #sign(slot: number, nowMs: number): void {
    const { table, forest } = this.memory
    const root = forest.parent(slot)
    if (root === NONE || table.role[root] === AWAITED) return
    this.#finish(slot, nowMs)
    if (table.role[root] === UNSURE && table.state[root] === FATE.open) {
      this.#decide(root, nowMs, 'signed')
    }
  }

  /** A candidate or attempt: does what stands above tell what it is? */
  #place(slot: number, nowMs: number): void {
    const { table } = this.memory
    const above = this.#above(slot)
    if (above === NONE || table.role[above] === AWAITED) return
    if (this.#isMatch(above)) {
      this.#foldIfDecided(slot, nowMs)
    } else if (table.role[above] === VOID) {
      this.#takeIn(slot, nowMs)
    } else if (table.state[slot] === FATE.decided) {
      this.memory.confirm(slot)
    } else if (table.state[slot] === FATE.open) {
      if (table.role[slot] === CANDIDATE) this.#decide(slot, nowMs, 'own')
      else this.#drop(slot, nowMs)
    }
  }

  /** The longest-waiting span has waited long enough. */
  #decideByTime(slot: number, nowMs: number): void {
    const { memory } = this
    const { table } = memory
    const above = this.#above(slot)
    const around = above !== NONE && this.#isMatch(above) ? NONE : this.#enclosing(slot)
    if (table.role[slot] === UNSURE) {
      this.#decide(slot, nowMs, 'unsigned')
    } else if (above !== NONE && this.#isMatch(above)) {
      // An attempt of one that is not decided yet, and takes it in then.
      this.#finish(slot, nowMs)
    } else if (table.role[slot] === SIGN) {
      this.#finish(slot, nowMs)
    } else if (around !== NONE) {
      memory.hang(slot, around)
      this.#finish(slot, nowMs)
      this.#foldIfDecided(slot, nowMs)
    } else if (table.role[slot] === CANDIDATE) {
      this.#decide(slot, nowMs, 'own', true)
    } else {
      this.#drop(slot, nowMs)
    }
  }

  #decide(slot: number, nowMs: number, verdict: Entry['verdict'], early = false): void {
    const { memory } = this
    const { table } = memory
    const { options, observe, epochMs } = this.#setup
    const detail = memory.details.get(slot)!
    if (memory.early.size > 0) this.#hangEnclosed(slot)
    const attempts = this.#attemptsBelow(slot)
    const startNano = table.endNano[slot]! - table.durationNano[slot]!
    const signNano = verdict === 'signed' ? this.#latestSign(slot) : -Infinity
    const endNano = Math.max(table.endNano[slot]!, signNano)
    const request = decideWith(
      {
        detail,
        traceId: memory.traceId(slot),
        spanId: memory.spanId(slot),
        startNano,
        endNano,
        verdict,
        late: (table.arrivedMs[slot]! - epochMs) * 1e6 - endNano > options.maxLatenessMs * 1e6,
      },
      attempts,
    )
    // One decided early may be replaced: then all below it counts as that one's attempts.
    for (const below of memory.forest.below(slot, () => true)) this.#takeIn(below, nowMs, early)
    if (!early) memory.details.delete(slot)
    memory.settle(slot, { request, outcomeIfUpstream: detail.outcomeIfUpstream, early }, nowMs)
    observe(undefined, request, nowMs)
  }

  /** If what stands above is decided, the slot and all below it become its attempts, late. */
  #foldIfDecided(slot: number, nowMs: number): void {
    const { memory } = this
    const { table, forest } = memory
    const above = forest.above(slot, (at) => this.#isMatch(at) && table.state[at] !== FATE.done)
    if (above !== NONE && table.state[above] === FATE.open) return
    const attempts = this.#attemptsBelow(slot)
    const own = memory.details.get(slot)
    if (own !== undefined) attempts.push(memory.attempt(slot, own))
    const keep = above === NONE || memory.early.has(above)
    for (const below of forest.below(slot, () => true)) this.#takeIn(below, nowMs, keep)
    this.#takeIn(slot, nowMs, keep)
    const decided = above === NONE ? undefined : memory.decided.get(above)
    if (decided === undefined) return
    const sinceMs = table.arrivedMs[slot]! - decided.decidedMs
    if (sinceMs > this.#setup.options.decisionWaitMs) return
    const request = reviseWith(decided.request, decided.outcomeIfUpstream, attempts)
    if (request === decided.request) return
    memory.decided.set(above, { ...decided, request })
    this.#setup.observe(decided.request, request, nowMs)
  }

  #attemptsBelow(slot: number): Attempt[] {
    const { memory } = this
    const attempts: Attempt[] = []
    for (const below of memory.forest.below(slot, () => true)) {
      const detail = this.#isMatch(below) ? memory.details.get(below) : undefined
      if (detail !== undefined) attempts.push(memory.attempt(below, detail))
    }
    return attempts
  }

  /** Counts as nothing of its own from now on; what had been counted is taken back. */
  #takeIn(slot: number, nowMs: number, keepDetail = false): void {
    const { memory } = this
    const decided = memory.decided.get(slot)
    if (memory.table.role[slot]! >= LINK) return
    this.#finish(slot, nowMs)
    if (!keepDetail) memory.details.delete(slot)
    if (decided === undefined) return
    memory.decided.delete(slot)
    memory.early.delete(slot)
    this.#setup.observe(decided.request, undefined, nowMs)
  }

  /** An attempt whose request does not come. Its detail stays, should that come after all. */
  #drop(slot: number, nowMs: number): void {
    this.#setup.counters.attemptsDropped += 1
    this.#finish(slot, nowMs)
  }

  #finish(slot: number, nowMs: number): void {
    this.memory.table.state[slot] = FATE.done
    this.memory.remember(slot, nowMs)
  }

  /** Requests of this trace that were decided early and lie inside this one: they hang below it now. */
  #hangEnclosed(slot: number): void {
    for (const other of this.#inTrace(slot)) {
      if (this.memory.early.has(other) && this.#encloses(slot, other)) {
        this.memory.hang(other, slot)
      }
    }
  }

  /** The innermost request of this trace, decided or waiting, that encloses a candidate in time. */
  #enclosing(slot: number): number {
    const { table } = this.memory
    let best = NONE
    for (const other of this.#inTrace(slot)) {
      if (table.state[other] === FATE.done || !this.#encloses(other, slot)) continue
      if (best === NONE || this.#encloses(best, other)) best = other
    }
    return best
  }

  *#inTrace(slot: number): Generator<number> {
    const { table } = this.memory
    let other = table.firstInTrace(slot)
    for (let step = 0; step < MAX_TRACE_WALK && other !== NONE; step += 1) {
      if (other !== slot && table.sameTrace(other, slot)) yield other
      other = table.nextInTrace(other)
    }
  }

  /** In time, in the same resource, and not as a sibling. */
  #encloses(outer: number, inner: number): boolean {
    const { endNano, durationNano, producer, parentIds } = this.memory.table
    const outerStart = endNano[outer]! - durationNano[outer]!
    const innerStart = endNano[inner]! - durationNano[inner]!
    return (
      outerStart <= innerStart &&
      endNano[inner]! <= endNano[outer]! &&
      producer[outer] === producer[inner] &&
      (parentIds[outer * 2] !== parentIds[inner * 2] ||
        parentIds[outer * 2 + 1] !== parentIds[inner * 2 + 1])
    )
  }

  /** End of the latest sign right below; -Infinity = none. */
  #latestSign(slot: number): number {
    const { table, forest } = this.memory
    let latest = -Infinity
    for (let child = forest.firstChild(slot); child !== NONE; child = forest.nextSibling(child)) {
      if (table.role[child] === SIGN) latest = Math.max(latest, table.endNano[child]!)
    }
    return latest
  }

  /** What stands above, links passed over; NONE = nothing, or too far up. */
  #above(slot: number): number {
    return this.memory.forest.above(slot, (at) => !this.#passes(at))
  }

  #passes(slot: number): boolean {
    const role = this.memory.table.role[slot]
    return role === LINK || role === SIGN
  }

  #isMatch(slot: number): boolean {
    const role = this.memory.table.role[slot]!
    return role !== AWAITED && role <= ATTEMPT
  }
}

/** Reads 64-bit ends as ns since the epoch, exactly, without making a BigInt for each. */
function endsSince(endUnixNano: BigUint64Array, epochMs: number): (row: number) => number {
  const { buffer, byteOffset, length } = endUnixNano
  const words = new Uint32Array(buffer, byteOffset, length * 2)
  const epochNano = BigInt(epochMs) * 1_000_000n
  const low = Number(epochNano & 0xffff_ffffn)
  const high = Number(epochNano >> 32n)
  return (row) => (words[row * 2 + 1]! - high) * 2 ** 32 + (words[row * 2]! - low)
}
