import { hash32 } from '../../lib/hash.ts'
import type { EngineCounters } from '../../model/engine.ts'
import { OUTCOMES } from '../../model/outcome.ts'
import { type OpenBatch, type Producer, type RecordBatch } from '../../model/record.ts'
import type { RequestsOptions } from '../../model/rule.ts'
import { nanosSince } from './nano-time.ts'
import type { OpenSpans } from './open/open-spans.ts'
import type { TakenOpen } from './open/open-state.ts'
import type { Orphans } from './orphans/orphans.ts'
import { AWAITED, CANDIDATE, hasParent, LINK, REQUEST, UNSURE } from './roles.ts'
import { FATE, QUEUE, type SpanMemory } from './span-memory.ts'
import { NONE } from './span-table.ts'

/** A duration that is said may exceed the time since the start by our clock by that much, ns. */
const MAX_DRIFT_NANO = 60e9

const OK = OUTCOMES.indexOf('ok')

export interface ArrivalsSetup {
  readonly options: RequestsOptions
  readonly epochMs: number
  readonly counters: EngineCounters
  readonly memory: SpanMemory
  readonly open: OpenSpans
  /** Absent where nothing is inferred. */
  readonly orphans: Orphans | undefined
}

/** Gives what arrives its place in the memory, below its parent; deciding comes after. */
export class Arrivals {
  readonly #setup: ArrivalsSetup

  constructor(setup: ArrivalsSetup) {
    this.#setup = setup
  }

  /** Places spans; calls `placed` for each that is new, with its row. */
  place(records: RecordBatch, nowMs: number, placed: (slot: number) => void): void {
    const { options, counters, epochMs, memory, open, orphans } = this.#setup
    const { table } = memory
    const { ids } = records
    const nowNano = (nowMs - epochMs) * 1e6
    const endNano = nanosSince(records.endUnixNano, epochMs)
    const producers = records.producers.map(producerHash)
    for (let row = 0; row < records.count; row += 1) {
      let role = records.role[row]! + 1
      const at = row * 8
      const t0 = ids[at]!
      const t1 = ids[at + 1]!
      const t2 = ids[at + 2]!
      const t3 = ids[at + 3]!
      const s0 = ids[at + 4]!
      const s1 = ids[at + 5]!
      const known = table.find(t0, t1, t2, t3, s0, s1)
      if (known !== NONE && table.role[known] !== AWAITED) {
        if (role < LINK) counters.duplicates += 1
        continue
      }
      const slot = known === NONE ? this.#add(t0, t1, t2, t3, s0, s1) : known
      const taken = open.take(t0, t1, t2, t3, s0, s1)
      // Its producer knew its parents, and said that it is the request.
      if (taken?.outermost === true && role === CANDIDATE) role = REQUEST
      const isRequest = role === REQUEST || role === UNSURE
      const inferred = orphans?.arrived(t0, t1, t2, t3, s0, s1, isRequest, nowMs)
      const told = taken?.told ?? inferred
      if (told !== undefined) memory.open.set(slot, told)
      table.role[slot] = role
      table.arrivedMs[slot] = nowMs
      table.parentIds[slot * 2] = ids[at + 6]!
      table.parentIds[slot * 2 + 1] = ids[at + 7]!
      if (role < LINK) {
        // A clock ahead of ours: the whole span moves back, its duration stays.
        table.endNano[slot] = Math.min(endNano(row), nowNano)
        table.durationNano[slot] = records.durationNano[row]!
        table.producer[slot] = producers[records.producer[row]!]!
        const good = records.outcome[row] === OK && records.durationNano[row]! < options.slowNano
        table.notable[slot] = good ? 0 : 1
        // What was seen while it was open may be more than its span tells.
        this.#keep(records, row, slot, taken?.firstChunkNano ?? -1)
        this.#wait(slot, role, nowMs)
      } else {
        table.state[slot] = FATE.done
        memory.remember(slot, nowMs)
      }
      if (hasParent(role)) {
        memory.attach(slot, memory.awaited(t0, t1, t2, t3, ids[at + 6]!, ids[at + 7]!))
      }
      placed(slot)
    }
  }

  /** A request that is said to have ended: it is placed as if its span had come. */
  placeEnded(batch: OpenBatch, row: number, open: TakenOpen, nowMs: number): number {
    const { counters, epochMs, memory, orphans } = this.#setup
    const { table } = memory
    const { ids } = batch
    const at = row * 8
    const [t0, t1, t2, t3, s0, s1] = [
      ids[at]!,
      ids[at + 1]!,
      ids[at + 2]!,
      ids[at + 3]!,
      ids[at + 4]!,
      ids[at + 5]!,
    ]
    const known = table.find(t0, t1, t2, t3, s0, s1)
    const slot = known === NONE ? this.#add(t0, t1, t2, t3, s0, s1) : known
    const nowNano = (nowMs - epochMs) * 1e6
    const saidNano = batch.ageNano[row]!
    const knownNano = nowNano - open.startNano
    const isAbsurd = saidNano > knownNano + MAX_DRIFT_NANO
    if (isAbsurd) counters.open.faults.absurd_age += 1
    const durationNano = saidNano < 0 || isAbsurd ? knownNano : saidNano
    const outcome = OUTCOMES[batch.outcome[row]!]!
    orphans?.arrived(t0, t1, t2, t3, s0, s1, true, nowMs)
    if (open.told !== undefined) memory.open.set(slot, open.told)
    table.role[slot] = REQUEST
    table.arrivedMs[slot] = nowMs
    table.parentIds[slot * 2] = ids[at + 6]!
    table.parentIds[slot * 2 + 1] = ids[at + 7]!
    table.endNano[slot] = Math.min(open.startNano + durationNano, nowNano)
    table.durationNano[slot] = durationNano
    table.producer[slot] = producerHash(batch.announcers[batch.announcer[row]!]!)
    memory.details.set(slot, {
      outcome,
      outcomeIfUpstream: outcome,
      outcomeIfSigned: outcome,
      evidence: 0,
      firstChunkNano:
        batch.firstChunkNano[row]! >= 0 ? batch.firstChunkNano[row]! : open.firstChunkNano,
      group: open.profile.group,
      facts: { ...open.profile.facts, ...batch.facts[batch.fact[row]!] },
      service: open.service,
    })
    this.#wait(slot, REQUEST, nowMs)
    return slot
  }

  #add(t0: number, t1: number, t2: number, t3: number, s0: number, s1: number): number {
    const { memory, counters } = this.#setup
    counters.idsForgotten += memory.makeRoom()
    return memory.table.add(t0, t1, t2, t3, s0, s1)
  }

  #wait(slot: number, role: number, nowMs: number): void {
    const { memory } = this.#setup
    memory.table.state[slot] = FATE.open
    // A request is decided as soon as all of its batch is placed.
    if (role !== REQUEST) memory.queues.push(QUEUE.waiting, slot, nowMs)
    if (role <= CANDIDATE) memory.table.chain(slot)
  }

  #keep(records: RecordBatch, row: number, slot: number, seenChunkNano: number): void {
    const firstChunkNano = records.firstChunkNano[row]!
    this.#setup.memory.details.set(slot, {
      outcome: OUTCOMES[records.outcome[row]!]!,
      outcomeIfUpstream: OUTCOMES[records.outcomeIfUpstream[row]!]!,
      outcomeIfSigned: OUTCOMES[records.outcomeIfSigned[row]!]!,
      evidence: records.evidence[row]!,
      firstChunkNano: firstChunkNano < 0 ? seenChunkNano : firstChunkNano,
      group: records.groups[records.group[row]!]!,
      facts: records.facts[records.fact[row]!]!,
      service: records.producers[records.producer[row]!]!.service,
    })
  }
}

function producerHash({ service, instance }: Producer): number {
  return hash32(`${service}\0${instance}`)
}
