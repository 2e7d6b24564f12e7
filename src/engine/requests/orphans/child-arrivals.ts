import type { ChildBatch } from '../../../model/record.ts'
import type { RequestsOptions } from '../../../model/rule.ts'
import { nanosSince } from '../nano-time.ts'
import { NONE } from '../span-table.ts'
import { instanceKey } from './instances.ts'
import type { LearnedKinds } from './learned-kinds.ts'
import { learnFrom } from './learn.ts'
import { addChild, addKind, type MissingParent } from './missing-parent.ts'
import { type ParentTable, STATE } from './parent-table.ts'

export interface ChildArrivalsSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  readonly table: ParentTable
  readonly kinds: LearnedKinds
}

/** Places children below their parents, come or not. A parent that has not come waits from then on. */
export class ChildArrivals {
  readonly #setup: ChildArrivalsSetup

  constructor(setup: ChildArrivalsSetup) {
    this.#setup = setup
  }

  /** Those that ended longer ago than `max_lateness` tell nothing of now. */
  place(batch: ChildBatch, nowMs: number): void {
    const { options, epochMs, table, kinds } = this.#setup
    const nowNano = (nowMs - epochMs) * 1e6
    const endsNano = nanosSince(batch.endUnixNano, epochMs)
    const kindOf = seeKinds(batch, kinds, nowMs)
    for (let row = 0; row < batch.count; row += 1) {
      // A clock ahead of ours: the whole span moves back, its duration stays.
      const endNano = Math.min(endsNano(row), nowNano)
      if (nowNano - endNano > options.maxLatenessMs * 1e6) continue
      const startNano = endNano - Math.max(0, batch.durationNano[row]!)
      const slot = this.#parentOf(batch, row, startNano, nowMs)
      if (slot === NONE) continue
      const parent = table.parents.get(slot)!
      const state = table.state(slot)
      if (table.isEnded(slot)) {
        addKind(parent, kindOf(row))
        learnFrom(table, kinds, slot, state === STATE.endedRequest)
        continue
      }
      const child = {
        endNano,
        s0: batch.ids[row * 8 + 4]!,
        s1: batch.ids[row * 8 + 5]!,
        group: batch.groups[batch.group[row]!]!,
        facts: batch.facts[batch.fact[row]!]!,
      }
      if (!addChild(parent, child, startNano)) continue
      addKind(parent, kindOf(row))
      if (state !== STATE.inferred && table.mayWait(slot, parent)) {
        table.move(slot, STATE.waiting, nowMs)
      }
    }
  }

  /** The slot of a child's parent, made if need be; NONE when there is no room for it. */
  #parentOf(batch: ChildBatch, row: number, startNano: number, nowMs: number): number {
    const { table } = this.#setup
    const { spans, parents } = table
    const { ids } = batch
    const at = row * 8
    const [t0, t1, t2, t3] = [ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!]
    const [s0, s1] = [ids[at + 6]!, ids[at + 7]!]
    if (s0 === ids[at + 4] && s1 === ids[at + 5]) return NONE
    let slot = spans.find(t0, t1, t2, t3, s0, s1)
    if (slot !== NONE && parents.has(slot)) return slot
    const producer = batch.producers[batch.producer[row]!]!
    const parent: MissingParent = {
      service: producer.service,
      instance: instanceKey(producer),
      startNano,
      children: [],
      kinds: [],
      counted: [],
      told: undefined,
    }
    if (slot !== NONE) {
      if (table.isTraceFull(slot)) return NONE
      table.keep(slot, parent)
      return slot
    }
    if (!table.makeRoom(producer.service)) return NONE
    slot = spans.add(t0, t1, t2, t3, s0, s1)
    if (table.isTraceFull(slot)) {
      spans.remove(slot)
      return NONE
    }
    table.keep(slot, parent)
    table.move(slot, STATE.waiting, nowMs)
    return slot
  }
}

/** Keys of the rows' kinds. A kind is seen when it is first asked for, and once per batch. */
function seeKinds(
  { kind, producer, kinds, producers }: ChildBatch,
  learned: LearnedKinds,
  nowMs: number,
): (row: number) => string {
  const seen = new Map<number, string>()
  return (row) => {
    const [ofKind, ofProducer] = [kind[row]!, producer[row]!]
    const at = ofProducer * kinds.length + ofKind
    let key = seen.get(at)
    if (key === undefined) {
      const { scope, name } = kinds[ofKind]!
      key = learned.see(producers[ofProducer]!.service, scope, name, nowMs)
      seen.set(at, key)
    }
    return key
  }
}
