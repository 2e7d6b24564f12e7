import type { GroupValues, OpenRequest } from '../../model/record.ts'

/** Words of a trace id, 0-3, and of a span id. */
export type StoredIds = readonly [number, number, number, number, number, number]

/** The ids of a slot; `ids` has six words for each. */
export function storeIds(ids: Uint32Array, slot: number): StoredIds {
  const at = slot * 6
  return [ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!, ids[at + 4]!, ids[at + 5]!]
}

/** JSON knows no undefined inside arrays. */
export type Stored<T extends { readonly group: GroupValues }> = Omit<T, 'group'> & {
  readonly group: readonly (string | null)[]
}

export function store<T extends { readonly group: GroupValues }>(value: T): Stored<T> {
  return { ...value, group: value.group.map((one) => one ?? null) }
}

export function fromStored(group: readonly (string | null)[]): GroupValues {
  return group.map((value) => value ?? undefined)
}

export function fromStoredOpen(told: Stored<OpenRequest>): OpenRequest {
  return { ...told, lostNano: told.lostNano, group: fromStored(told.group) }
}
