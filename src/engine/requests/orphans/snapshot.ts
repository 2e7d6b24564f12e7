import type { OpenRequest } from '../../../model/record.ts'
import { NONE } from '../span-table.ts'
import {
  fromStored,
  fromStoredOpen,
  store,
  storeIds,
  type Stored,
  type StoredIds,
} from '../stored.ts'
import type { InstancesSnapshot } from './instances.ts'
import type { Learned } from './learned-kinds.ts'
import type { Child, MissingParent } from './missing-parent.ts'
import { type ParentTable, STATE } from './parent-table.ts'

interface StoredParent extends Omit<MissingParent, 'children' | 'told'> {
  readonly children: readonly Stored<Child>[]
  readonly told?: Stored<OpenRequest>
}

/** Words of the ids, state, and since when it is in that, ms; the parent where children are known. */
type StoredSpan = readonly [StoredIds, number, number, StoredParent?]

/** Everything {@link Orphans} know, as plain JSON. */
export interface OrphansSnapshot {
  readonly kinds: readonly (readonly [string, Learned])[]
  readonly instances: InstancesSnapshot
  /** Queue by queue, each in its order; then the inferred ones in the order of their leaking. */
  readonly spans: readonly StoredSpan[]
}

export function snapshotTable(table: ParentTable): StoredSpan[] {
  const { spans, queues, parents, leaks } = table
  const storeSpan = (slot: number, sinceMs: number): StoredSpan => {
    const head = [storeIds(spans.ids, slot), table.state(slot), sinceMs] as const
    const parent = parents.get(slot)
    return parent === undefined ? head : [...head, storeParent(parent)]
  }
  const stored: StoredSpan[] = []
  for (const queue of table.queueNumbers) {
    for (let slot = queues.first(queue); slot !== NONE; slot = queues.next(slot)) {
      stored.push(storeSpan(slot, queues.sinceMs[slot]!))
    }
  }
  for (const slot of leaks.slots) stored.push(storeSpan(slot, 0))
  return stored
}

/** Fills an empty table. Returns how many of its parents are inferred to be open. */
export function restoreTable(table: ParentTable, stored: readonly StoredSpan[]): number {
  let inferred = 0
  for (const [ids, state, sinceMs, parent] of stored) {
    const slot = table.spans.add(...ids)
    if (parent !== undefined) table.keep(slot, restoreParent(parent))
    table.move(slot, state, sinceMs)
    if (state === STATE.inferred) inferred += 1
  }
  return inferred
}

function storeParent({ told, ...parent }: MissingParent): StoredParent {
  return {
    ...parent,
    kinds: [...parent.kinds],
    counted: [...parent.counted],
    children: parent.children.map((child) => store(child)),
    ...(told === undefined ? {} : { told: store(told) }),
  }
}

function restoreParent({ told, ...parent }: StoredParent): MissingParent {
  return {
    ...parent,
    kinds: [...parent.kinds],
    counted: [...parent.counted],
    children: parent.children.map((child) => ({ ...child, group: fromStored(child.group) })),
    told: told && fromStoredOpen(told),
  }
}
