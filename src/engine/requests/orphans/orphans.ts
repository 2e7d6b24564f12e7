import type { BySpan } from '../../../model/by-span.ts'
import type { OpenCounters } from '../../../model/engine.ts'
import type { ChildBatch, DecidedRequest, OpenRequest, Producer } from '../../../model/record.ts'
import type { RequestsOptions } from '../../../model/rule.ts'
import { NONE } from '../span-table.ts'
import { ChildArrivals } from './child-arrivals.ts'
import { instanceKey, Instances } from './instances.ts'
import { LearnedKinds } from './learned-kinds.ts'
import { learnFrom } from './learn.ts'
import { asOpenRequest, type MissingParent } from './missing-parent.ts'
import { ParentTable, STATE } from './parent-table.ts'
import { type OrphansSnapshot, restoreTable, snapshotTable } from './snapshot.ts'

/** Least time from the newest child's arrival: exporters send in batches, and again. */
const GRACE_MS = 30_000

export interface OrphansSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  /** Any number, kept from senders; results do not depend on it. */
  readonly hashSeed: number
  readonly counters: OpenCounters
  /** Is this span known to be open because somebody announced it? Words as in RecordBatch.ids. */
  readonly isAnnounced: BySpan<boolean>
  /** Hears of open requests that are inferred, and what becomes of them; see Rules.observe. */
  readonly observe: (
    before: OpenRequest | undefined,
    after: OpenRequest | undefined,
    nowMs: number,
  ) => void
}

/**
 * Tells open requests from children whose local parent does not come. Such a parent is inferred to be
 * an open request that hangs when
 *
 * - no child of it came for as long as makes a hang, and for 30 s. Counted from the arrival, so that
 *   no clock of a sender can make a request older than it is: its age is at least that;
 * - one of its children is of a kind whose parents are requests: see {@link LearnedKinds};
 * - its instance sent something within 60 s, and was not replaced by another: see {@link Instances}.
 *   Else it is `stale`: the process may be dead, or the way to us. When the instance speaks again,
 *   the parent has 30 s more to come.
 *
 * What was inferred stays until the span itself comes, its instance turns out to be replaced, or it is
 * older than `max_open_age`. Children that come meanwhile change nothing: a further attempt has them, too, and the user still waits.
 */
export class Orphans {
  readonly #setup: OrphansSetup
  readonly #table: ParentTable
  readonly #kinds: LearnedKinds
  readonly #instances: Instances
  readonly #children: ChildArrivals
  readonly #waitMs: number

  /** `snapshot`: what {@link snapshot} gave, to go on from there. */
  constructor(setup: OrphansSetup, snapshot?: OrphansSnapshot) {
    const { options, epochMs, hashSeed, counters } = setup
    this.#setup = setup
    this.#waitMs = Math.max(Math.ceil(options.slowNano / 1e6), GRACE_MS)
    this.#waitMs = Math.min(this.#waitMs, options.maxOpenAgeMs)
    this.#kinds = new LearnedKinds(counters, snapshot?.kinds)
    this.#instances = new Instances(snapshot?.instances)
    this.#table = new ParentTable({
      hashSeed,
      leakMs: (startNano) => this.#leakMs(startNano),
      counters,
    })
    this.#children = new ChildArrivals({
      options,
      epochMs,
      table: this.#table,
      kinds: this.#kinds,
    })
    counters.open.inferred = restoreTable(this.#table, snapshot?.spans ?? [])
  }

  /** JSON-serialisable; between entries only. */
  snapshot(): OrphansSnapshot {
    return {
      kinds: this.#kinds.snapshot(),
      instances: this.#instances.snapshot(),
      spans: snapshotTable(this.#table),
    }
  }

  /** These producers sent something, whatever it was. */
  heard(producers: readonly Producer[], nowMs: number): void {
    this.#table.forget(nowMs)
    for (const producer of producers) {
      const instance = instanceKey(producer)
      this.#instances.hear(producer, nowMs)
      for (const slot of this.#table.staleOf(instance)) {
        this.#table.move(slot, STATE.revived, nowMs)
      }
    }
  }

  /** Children came. */
  noteChildren(batch: ChildBatch, nowMs: number): void {
    this.heard(batch.producers, nowMs)
    this.#children.place(batch, nowMs)
  }

  /**
   * A span came. If it was inferred to be open, returns what rules know of it, and forgets that: the
   * caller tells rules what became of it, and then calls {@link judge}. `isRequest`: it counts as one
   * whatever its parents are; what may be an attempt of another does not.
   */
  arrived(
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
    isRequest: boolean,
    nowMs: number,
  ): OpenRequest | undefined {
    const table = this.#table
    table.forget(nowMs)
    let slot = table.spans.find(t0, t1, t2, t3, s0, s1)
    if (slot !== NONE && table.isEnded(slot)) return undefined
    table.makeRoomForEnded()
    if (slot === NONE) slot = table.spans.add(t0, t1, t2, t3, s0, s1)
    table.move(slot, isRequest ? STATE.endedRequest : STATE.endedOther, nowMs)
    const parent = table.parents.get(slot)
    if (parent === undefined) return undefined
    learnFrom(table, this.#kinds, slot, isRequest)
    parent.children.length = 0
    return this.#untell(parent)
  }

  /**
   * What an inferred request turned out to be. The inference was wrong when it was no request
   * (`ended` is undefined), or one that did not wait as long as makes a hang; `hanging_until` does
   * not matter. Precision is 1 - inferredWrongly / inferred, and a kind whose parents are inferred
   * wrongly loses its trust.
   */
  judge(
    inferred: OpenRequest,
    ended: Pick<DecidedRequest, 'durationNano' | 'firstChunkNano'> | undefined,
  ): void {
    if (ended !== undefined) {
      const { firstChunkNano, durationNano } = ended
      const waitedNano = firstChunkNano >= 0 ? firstChunkNano : durationNano
      if (waitedNano >= this.#setup.options.slowNano) return
    }
    this.#setup.counters.inferredWrongly += 1
    const [t0, t1, t2, t3] = wordsFrom(inferred.traceId)
    const [s0, s1] = wordsFrom(inferred.spanId)
    const slot = this.#table.spans.find(t0!, t1!, t2!, t3!, s0!, s1!)
    if (slot === NONE || this.#table.state(slot) !== STATE.endedRequest) return
    this.#table.spans.state[slot] = STATE.endedOther
    learnFrom(this.#table, this.#kinds, slot, false)
  }

  /**
   * The span is announced to be open, which is better evidence. If it was inferred, returns what
   * rules know of it, and forgets that: the caller tells them what is known now.
   */
  announced(
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
  ): OpenRequest | undefined {
    const slot = this.#table.spans.find(t0, t1, t2, t3, s0, s1)
    if (slot === NONE || this.#table.state(slot) !== STATE.inferred) return undefined
    const { told } = this.#table.parents.get(slot)!
    this.#table.remove(slot)
    this.#setup.counters.open.inferred -= 1
    return told
  }

  /**
   * Spans may have been lost: our start, traffic we refused, our own tick late. What did not come may
   * be among them, so nothing is inferred of what waits now.
   */
  interrupted(): void {
    const { queues } = this.#table
    for (const queue of [STATE.waiting, STATE.revived, STATE.stale]) {
      for (let slot = queues.first(queue); slot !== NONE; slot = queues.first(queue)) {
        this.#table.remove(slot)
      }
    }
  }

  /** Is this span a parent that has not come? */
  waitsFor(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): boolean {
    const slot = this.#table.spans.find(t0, t1, t2, t3, s0, s1)
    return slot !== NONE && !this.#table.isEnded(slot)
  }

  /** When something changes by time alone, ms; undefined = never. */
  nextDueMs(): number | undefined {
    const dueMs = Math.min(
      this.#queueDueMs(STATE.waiting),
      this.#queueDueMs(STATE.revived),
      this.#table.leaks.nextMs,
      this.#instances.nextCheckMs,
    )
    return dueMs === Infinity ? undefined : dueMs
  }

  /** Decides what is due at `nowMs`, in the order in which it fell due. */
  decideDue(nowMs: number): void {
    for (let dueMs = this.nextDueMs(); dueMs !== undefined && dueMs <= nowMs;) {
      if (dueMs === this.#queueDueMs(STATE.waiting)) {
        this.#decide(this.#table.queues.first(STATE.waiting), dueMs)
      } else if (dueMs === this.#queueDueMs(STATE.revived)) {
        this.#decide(this.#table.queues.first(STATE.revived), dueMs)
      } else if (dueMs === this.#table.leaks.nextMs) {
        this.#leak(this.#table.leaks.slots[0]!, dueMs)
      } else {
        this.#takeBackReplaced(dueMs)
      }
      dueMs = this.nextDueMs()
    }
  }

  #queueDueMs(queue: typeof STATE.waiting | typeof STATE.revived): number {
    const slot = this.#table.queues.first(queue)
    if (slot === NONE) return Infinity
    return this.#table.queues.sinceMs[slot]! + (queue === STATE.waiting ? this.#waitMs : GRACE_MS)
  }

  /** It did not come in time. */
  #decide(slot: number, dueMs: number): void {
    const parent = this.#table.parents.get(slot)!
    if (this.#isAnnounced(slot)) {
      this.#table.move(slot, STATE.overdue, dueMs)
    } else if (
      this.#instances.isSilent(parent.instance, dueMs) ||
      this.#isReplaced(parent, dueMs)
    ) {
      this.#table.move(slot, STATE.stale, dueMs)
    } else if (
      dueMs < this.#leakMs(parent.startNano) &&
      parent.kinds.some((kind) => this.#kinds.trusts(kind))
    ) {
      this.#infer(slot, parent, dueMs)
    } else {
      learnFrom(this.#table, this.#kinds, slot, false)
      this.#table.move(slot, STATE.overdue, dueMs)
    }
  }

  #infer(slot: number, parent: MissingParent, dueMs: number): void {
    const { counters, observe } = this.#setup
    parent.told = asOpenRequest(parent, this.#table.spans.ids, slot * 6)
    this.#table.move(slot, STATE.inferred, dueMs)
    counters.inferred += 1
    counters.open.inferred += 1
    observe(undefined, parent.told, dueMs)
  }

  /** Only now does it count against its kinds: in an outage many hang, and that is no mistake. */
  #leak(slot: number, dueMs: number): void {
    const parent = this.#table.parents.get(slot)!
    learnFrom(this.#table, this.#kinds, slot, false)
    this.#table.move(slot, STATE.overdue, dueMs)
    this.#setup.counters.leaked += 1
    this.#setup.observe(this.#untell(parent), undefined, dueMs)
  }

  /** A process that was replaced takes its open requests with it: they are stale, not hanging. */
  #takeBackReplaced(dueMs: number): void {
    const service = this.#instances.takeCheck()
    const { parents, leaks } = this.#table
    const replaced = leaks.slots.filter((slot) => {
      const parent = parents.get(slot)!
      return parent.service === service && this.#isReplaced(parent, dueMs)
    })
    for (const slot of replaced) {
      this.#table.move(slot, STATE.stale, dueMs)
      this.#setup.observe(this.#untell(parents.get(slot)!), undefined, dueMs)
    }
  }

  #isReplaced({ instance, service }: MissingParent, dueMs: number): boolean {
    return this.#instances.isReplaced(instance, service, dueMs)
  }

  #untell(parent: MissingParent): OpenRequest | undefined {
    const { told } = parent
    if (told === undefined) return undefined
    parent.told = undefined
    this.#setup.counters.open.inferred -= 1
    return told
  }

  #isAnnounced(slot: number): boolean {
    const { ids } = this.#table.spans
    const at = slot * 6
    return this.#setup.isAnnounced(
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    )
  }

  #leakMs(startNano: number): number {
    const { options, epochMs } = this.#setup
    return epochMs + Math.ceil(startNano / 1e6) + options.maxOpenAgeMs
  }
}

function wordsFrom(hex: string): number[] {
  return Array.from({ length: hex.length / 8 }, (_, at) =>
    Number.parseInt(hex.slice(at * 8, at * 8 + 8), 16),
  )
}
