import type { GroupValues, OpenRequest } from '../../model/record.ts'

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
