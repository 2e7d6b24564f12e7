import type { DecidedRequest, OpenRequest } from '../../model/record.ts'
import type { Detail } from './fold.ts'
import type { OpenSnapshot } from './open/snapshot.ts'
import type { OrphansSnapshot } from './orphans/snapshot.ts'
import {
  fromStored,
  fromStoredOpen,
  store,
  storeIds,
  type Stored,
  type StoredIds,
} from './stored.ts'
import { type Decided, QUEUE, type SpanMemory } from './span-memory.ts'
import { NONE } from './span-table.ts'

/** What {@link Requests.snapshot} gives. */
export interface RequestsSnapshot {
  readonly memory: MemorySnapshot
  readonly open: OpenSnapshot
  readonly orphans?: OrphansSnapshot
}

interface StoredDecided extends Omit<Decided, 'request'> {
  readonly request: Stored<DecidedRequest>
}

/** One span of a snapshot; `at` numbers in it are positions in the list of spans. */
interface SpanState {
  readonly ids: StoredIds
  readonly parentIds: readonly number[]
  readonly endNano: number
  readonly durationNano: number
  readonly producer: number
  readonly arrivedMs: number
  readonly state: number
  readonly role: number
  readonly notable: number
  readonly parentAt: number
  readonly detail?: Stored<Detail>
  readonly decided?: StoredDecided
  readonly open?: Stored<OpenRequest>
}

/** Everything a {@link SpanMemory} knows, as plain JSON. */
export interface MemorySnapshot {
  readonly spans: readonly SpanState[]
  /** Spans that are chained per trace, oldest first. */
  readonly chained: readonly number[]
  /** Per queue of QUEUE, in order: position of the span and when it entered, ms. */
  readonly queues: readonly (readonly (readonly [number, number])[])[]
}

export function snapshotMemory(memory: SpanMemory): MemorySnapshot {
  const { table, forest, queues } = memory
  const positions = new Map<number, number>()
  for (const slot of inTreeOrder(memory)) positions.set(slot, positions.size)
  const spans = [...positions.keys()].map((slot): SpanState => {
    const parent = forest.parent(slot)
    const detail = memory.details.get(slot)
    const decided = memory.decided.get(slot)
    const open = memory.open.get(slot)
    return {
      ids: storeIds(table.ids, slot),
      parentIds: [...table.parentIds.subarray(slot * 2, slot * 2 + 2)],
      endNano: table.endNano[slot]!,
      durationNano: table.durationNano[slot]!,
      producer: table.producer[slot]!,
      arrivedMs: table.arrivedMs[slot]!,
      state: table.state[slot]!,
      role: table.role[slot]!,
      notable: table.notable[slot]!,
      parentAt: parent === NONE ? NONE : positions.get(parent)!,
      ...(detail === undefined ? {} : { detail: store(detail) }),
      ...(decided === undefined
        ? {}
        : { decided: { ...decided, request: store(decided.request) } }),
      ...(open === undefined ? {} : { open: store(open) }),
    }
  })
  return {
    spans,
    chained: table.chained().map((slot) => positions.get(slot)!),
    queues: Object.values(QUEUE).map((queue) => {
      const inOrder: [number, number][] = []
      for (let slot = queues.first(queue); slot !== NONE; slot = queues.next(slot)) {
        inOrder.push([positions.get(slot)!, queues.sinceMs[slot]!])
      }
      return inOrder
    }),
  }
}

/** Fills an empty memory. */
export function restoreMemory(memory: SpanMemory, snapshot: MemorySnapshot): void {
  const { table, forest, queues } = memory
  const slots = snapshot.spans.map((span) => {
    const slot = table.add(...span.ids)
    table.parentIds.set(span.parentIds, slot * 2)
    table.endNano[slot] = span.endNano
    table.durationNano[slot] = span.durationNano
    table.producer[slot] = span.producer
    table.arrivedMs[slot] = span.arrivedMs
    table.state[slot] = span.state
    table.role[slot] = span.role
    table.notable[slot] = span.notable
    if (span.detail !== undefined) {
      memory.details.set(slot, { ...span.detail, group: fromStored(span.detail.group) })
    }
    if (span.decided !== undefined) {
      const { request, early } = span.decided
      const group = fromStored(request.group)
      memory.decided.set(slot, { ...span.decided, request: { ...request, group } })
      if (early) memory.early.add(slot)
    }
    if (span.open !== undefined) memory.open.set(slot, fromStoredOpen(span.open))
    return slot
  })
  for (const [at, span] of snapshot.spans.entries()) {
    if (span.parentAt !== NONE) forest.join(slots[at]!, slots[span.parentAt]!)
  }
  for (const position of snapshot.chained) table.chain(slots[position]!)
  for (const [at, queue] of Object.values(QUEUE).entries()) {
    for (const [position, sinceMs] of snapshot.queues[at]!) {
      queues.push(queue, slots[position]!, sinceMs)
    }
  }
}

/** Parents before children, siblings oldest first: joining them again gives the same order. */
function* inTreeOrder({ table, forest }: SpanMemory): Generator<number> {
  for (const root of table.slots()) {
    if (forest.parent(root) !== NONE) continue
    const open = [root]
    for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
      yield slot
      for (let child = forest.firstChild(slot); child !== NONE; child = forest.nextSibling(child)) {
        open.push(child)
      }
    }
  }
}
