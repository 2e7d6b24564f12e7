import type { LearnedKinds } from './learned-kinds.ts'
import { COUNTED } from './missing-parent.ts'
import type { ParentTable } from './parent-table.ts'

/**
 * What became of a parent of known children is known, or known better: a request rightly told, or not. The kinds of its
 * children learn from it, each once.
 */
export function learnFrom(
  table: ParentTable,
  learned: LearnedKinds,
  slot: number,
  right: boolean,
): void {
  const { kinds, counted } = table.parents.get(slot)!
  for (const [at, kind] of kinds.entries()) {
    if (counted[at] === COUNTED.not) {
      learned.addParent(kind, !isCountedInTrace(table, slot, kind))
      counted[at] = COUNTED.wrong
    }
    if (right === (counted[at] === COUNTED.right)) continue
    learned.addRight(kind, right ? 1 : -1)
    counted[at] = right ? COUNTED.right : COUNTED.wrong
  }
}

/** Did a parent of the same trace teach that kind already? One trace of many parents is one example. */
function isCountedInTrace(table: ParentTable, slot: number, kind: string): boolean {
  for (const { kinds, counted } of table.siblings(slot)) {
    const at = kinds.indexOf(kind)
    if (at >= 0 && counted[at] !== COUNTED.not) return true
  }
  return false
}
