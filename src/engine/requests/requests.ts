import type { EngineCounters, EngineNotice } from '../../model/engine.ts'
import type { RecordsEntry } from '../../model/journal.ts'
import type { DecidedRequest, KnownRequest } from '../../model/record.ts'
import type { RequestsOptions } from '../../model/rule.ts'
import { Arrivals } from './arrivals.ts'
import { enclosedEarly, enclosing } from './enclosure.ts'
import { type Attempt, type Entry, decideWith, reviseWith } from './fold.ts'
import { OpenSpans } from './open/open-spans.ts'
import { Orphans } from './orphans/orphans.ts'
import { restoreOpen, snapshotOpen } from './open/snapshot.ts'
import { type RequestsSnapshot, restoreMemory, snapshotMemory } from './snapshot.ts'
import {
  ATTEMPT,
  AWAITED,
  CANDIDATE,
  isMatch,
  LINK,
  passes,
  REQUEST,
  SIGN,
  UNSURE,
  VOID,
} from './roles.ts'
import { FATE, QUEUE, SpanMemory } from './span-memory.ts'
import { NONE } from './span-table.ts'

const NO_ATTEMPTS: readonly Attempt[] = []

export interface RequestsSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  /** Any number, kept from senders; guards the tables against chosen collisions. */
  readonly hashSeed: number
  readonly counters: EngineCounters
  readonly notice: (notice: EngineNotice) => void
  /** Hears what becomes of requests; see Rules.observe. */
  readonly observe: (
    before: KnownRequest | undefined,
    after: KnownRequest | undefined,
    nowMs: number,
  ) => void
}

/** What an entry brings. */
export type Arrived = Pick<RecordsEntry, 'records' | 'opens' | 'children'>

/**
 * First stage of the engine: finds out which spans are requests.
 *
 * Spans are placed below their parents, come or not. A batch is placed first and decided then, so its
 * order does not matter. What stands above a candidate or attempt decides what it is:
 *
 * | above it                          | candidate                  | attempt            |
 * | --------------------------------- | -------------------------- | ------------------ |
 * | a match                           | an attempt of it           | an attempt of it   |
 * | a root that matches nothing       | the request                | dropped            |
 * | a root that its preset ignores    | nothing                    | nothing            |
 * | nothing for `decision_wait`, but a request encloses it in time | an attempt of it | an attempt of it |
 * | nothing for `decision_wait`       | a request, for the time being | dropped, for the time being |
 *
 * A request takes all below it as its attempts, with their evidence, also what was decided for the
 * time being.
 */
export class Requests {
  readonly memory: SpanMemory
  readonly open: OpenSpans
  /** Absent where nothing is inferred. */
  readonly orphans: Orphans | undefined
  readonly #setup: RequestsSetup
  readonly #arrivals: Arrivals
  readonly #touched: number[] = []

  /** `snapshot`: what {@link snapshot} gave, to go on from there. */
  constructor(setup: RequestsSetup, snapshot?: RequestsSnapshot) {
    const { options, epochMs, hashSeed, counters } = setup
    this.#setup = setup
    this.memory = new SpanMemory(options, hashSeed)
    this.open = new OpenSpans({
      options,
      epochMs,
      hashSeed,
      counters: counters.open,
      hasEnded: (t0, t1, t2, t3, s0, s1) => {
        const slot = this.memory.table.find(t0, t1, t2, t3, s0, s1)
        return slot !== NONE && this.memory.table.role[slot] !== AWAITED
      },
      notice: setup.notice,
      takeInferred: (...words) => this.orphans?.announced(...words),
      observe: setup.observe,
    })
    this.orphans = options.inferOpen
      ? new Orphans(
          {
            options,
            epochMs,
            hashSeed,
            counters: counters.open,
            isAnnounced: (...words) => this.open.has(...words),
            observe: setup.observe,
          },
          snapshot?.orphans,
        )
      : undefined
    this.#arrivals = new Arrivals({
      options,
      epochMs,
      counters,
      memory: this.memory,
      open: this.open,
      orphans: this.orphans,
    })
    if (snapshot === undefined) return
    restoreMemory(this.memory, snapshot.memory)
    restoreOpen(this.open.state, snapshot.open)
  }

  /** JSON-serialisable; between entries only. */
  snapshot(): RequestsSnapshot {
    const orphans = this.orphans?.snapshot()
    return {
      memory: snapshotMemory(this.memory),
      open: snapshotOpen(this.open.state),
      ...(orphans === undefined ? {} : { orphans }),
    }
  }

  /** Everything due must have been decided before; see {@link decideDue}. */
  apply({ records, opens, children }: Arrived, nowMs: number): void {
    const { memory, open, orphans } = this
    const touched = this.#touched
    memory.forget(nowMs)
    orphans?.heard(records.producers, nowMs)
    this.#arrivals.place(records, nowMs, (slot) => touched.push(slot))
    if (opens !== undefined) {
      open.note(opens, nowMs, (row, taken) =>
        touched.push(this.#arrivals.placeEnded(opens, row, taken, nowMs)),
      )
    }
    for (const slot of touched) this.#decideIfPossible(slot, nowMs)
    touched.length = 0
    while (memory.queues.length(QUEUE.waiting) > this.#setup.options.maxCandidates) {
      this.#setup.counters.decidedEarly += 1
      this.#decideByTime(memory.queues.first(QUEUE.waiting), nowMs)
    }
    if (children !== undefined) orphans?.noteChildren(children, nowMs)
    open.decideDue(nowMs)
  }

  /** Whoever was silent until now may have spoken in vain: leases run anew. */
  restartLeases(nowMs: number): void {
    this.open.restartLeases(nowMs)
    this.orphans?.interrupted()
  }

  /** When something is decided by time, ms; undefined = nothing waits. */
  nextDueMs(): number | undefined {
    const dueMs = Math.min(
      this.#nextWaitingMs() ?? Infinity,
      this.open.nextDueMs() ?? Infinity,
      this.orphans?.nextDueMs() ?? Infinity,
    )
    return dueMs === Infinity ? undefined : dueMs
  }

  /** Decides what is due at `nowMs`. */
  decideDue(nowMs: number): void {
    for (let due = this.#nextWaitingMs(); due !== undefined && due <= nowMs;) {
      this.#decideByTime(this.memory.queues.first(QUEUE.waiting), nowMs)
      due = this.#nextWaitingMs()
    }
    this.open.decideDue(nowMs)
    this.orphans?.decideDue(nowMs)
  }

  /** Does something wait for this span? */
  waitsFor(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    const { table } = this.memory
    const slot = table.find(t0, t1, t2, t3, s0, s1)
    if (slot !== NONE) return table.role[slot] === AWAITED
    return (
      this.open.has(t0, t1, t2, t3, s0, s1) ||
      (this.orphans?.waitsFor(t0, t1, t2, t3, s0, s1) ?? false)
    )
  }

  #nextWaitingMs(): number | undefined {
    const { queues } = this.memory
    const slot = queues.first(QUEUE.waiting)
    if (slot === NONE) return undefined
    return queues.sinceMs[slot]! + this.#setup.options.decisionWaitMs
  }

  /** Decides what can be, now that everything of the batch is in its place. */
  #decideIfPossible(slot: number, nowMs: number): void {
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
      else this.#finish(slot, nowMs)
      for (const below of forest.below(slot, (at) => passes(table.role[at]!))) {
        if (isMatch(table.role[below]!)) this.#place(below, nowMs)
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
    if (isMatch(table.role[above]!)) {
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
    const around = above !== NONE && isMatch(table.role[above]!) ? NONE : enclosing(memory, slot)
    if (table.role[slot] === UNSURE) {
      this.#decide(slot, nowMs, 'unsigned')
    } else if (above !== NONE && isMatch(table.role[above]!)) {
      // An attempt of one that is not decided yet, and takes it in then.
      this.#finish(slot, nowMs)
    } else if (table.role[slot] === SIGN) {
      this.#finish(slot, nowMs)
    } else if (around !== NONE) {
      memory.attach(slot, around)
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
    const { options, epochMs } = this.#setup
    const detail = memory.details.get(slot)!
    for (const inner of enclosedEarly(memory, slot)) memory.attach(inner, slot)
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
    if (attempts !== NO_ATTEMPTS) {
      for (const below of memory.forest.below(slot, () => true)) this.#takeIn(below, nowMs, early)
    }
    if (!early) memory.details.delete(slot)
    memory.keepDecided(slot, { request, outcomeIfUpstream: detail.outcomeIfUpstream, early }, nowMs)
    this.#tell(slot, request, nowMs)
  }

  /** If what stands above is decided, the slot and all below it become its attempts, late. */
  #foldIfDecided(slot: number, nowMs: number): void {
    const { memory } = this
    const { table, forest } = memory
    const above = forest.above(
      slot,
      (at) => isMatch(table.role[at]!) && table.state[at] !== FATE.done,
    )
    if (above !== NONE && table.state[above] === FATE.open) return
    const own = memory.details.get(slot)
    const attempts = [...this.#attemptsBelow(slot)]
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

  /** {@link NO_ATTEMPTS} where there is nothing below at all. */
  #attemptsBelow(slot: number): readonly Attempt[] {
    const { memory } = this
    const { table } = memory
    if (memory.forest.firstChild(slot) === NONE) return NO_ATTEMPTS
    const attempts: Attempt[] = []
    for (const below of memory.forest.below(slot, () => true)) {
      const detail = isMatch(table.role[below]!) ? memory.details.get(below) : undefined
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
    this.#tell(slot, undefined, nowMs)
  }

  /** Tells rules what became of a span; they may know it from the time when it was open. */
  #tell(slot: number, after: DecidedRequest | undefined, nowMs: number): void {
    const { open } = this.memory
    const before = open.size === 0 ? undefined : open.get(slot)
    if (before === undefined && after === undefined) return
    if (before !== undefined) open.delete(slot)
    this.#setup.observe(before, after, nowMs)
    if (before?.evidence === 'inferred') this.orphans?.judge(before, after)
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
    const { table, forest } = this.memory
    return forest.above(slot, (at) => !passes(table.role[at]!))
  }
}
