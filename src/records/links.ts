import type { BySpan } from '../model/by-span.ts'
import type { SpanBatch } from '../model/span.ts'

/**
 * Which rows of a batch lead upwards from something that waits: from candidates of the batch itself
 * or, as `waitsFor` says, from earlier ones. `plain` are the rows that match nothing. Calls `take`
 * once for each row found.
 */
export function findLinks(
  batch: Pick<SpanBatch, 'ids'>,
  plain: readonly number[],
  waiting: readonly number[],
  waitsFor: BySpan<boolean>,
  take: (row: number) => void,
): void {
  const { ids } = batch
  const open: number[] = []
  for (const row of plain) {
    const at = row * 8
    if (waitsFor(ids[at]!, ids[at + 1]!, ids[at + 2]!, ids[at + 3]!, ids[at + 4]!, ids[at + 5]!)) {
      open.push(row)
    }
  }
  if (open.length === 0 && (waiting.length === 0 || plain.length === 0)) return
  const rows = new Map<string, number>()
  for (const row of plain) rows.set(key(ids, row, 4), row)
  const follow = (row: number): void => {
    const parentKey = key(ids, row, 6)
    const parent = rows.get(parentKey)
    if (parent === undefined) return
    rows.delete(parentKey)
    open.push(parent)
  }
  for (const row of open) rows.delete(key(ids, row, 4))
  for (const row of waiting) follow(row)
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    take(row)
    follow(row)
  }
}

/** Trace id and the 64-bit id that begins at `word` of a row, as a string of 12 code units. */
function key(ids: Uint32Array, row: number, word: number): string {
  const at = row * 8
  const a = ids[at]!
  const b = ids[at + 1]!
  const c = ids[at + 2]!
  const d = ids[at + 3]!
  const e = ids[at + word]!
  const f = ids[at + word + 1]!
  return String.fromCharCode(
    a >>> 16,
    a & 0xffff,
    b >>> 16,
    b & 0xffff,
    c >>> 16,
    c & 0xffff,
    d >>> 16,
    d & 0xffff,
    e >>> 16,
    e & 0xffff,
    f >>> 16,
    f & 0xffff,
  )
}
