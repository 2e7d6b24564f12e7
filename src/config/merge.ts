import type { MapEntry, TreeNode } from './tree.ts'

/** Lays `over` on `base` as the Collector does: maps merge key by key, everything else replaces. */
export function merge(base: TreeNode, over: TreeNode): TreeNode {
  if (base.kind !== 'map' || over.kind !== 'map') return over
  const entries = new Map<string, MapEntry>(base.entries)
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)
    entries.set(
      key,
      below === undefined
        ? entry
        : below.value.kind === 'map' && entry.value.kind === 'map'
          ? { place: below.place, value: merge(below.value, entry.value) }
          : entry,
    )
  }
  return { kind: 'map', place: base.place, entries }
}
