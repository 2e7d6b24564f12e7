import type { Producer } from '../../../model/record.ts'
import type { Span, SpanBatch } from '../../../model/span.ts'

/** A row of a batch that may be an announcement. */
export interface SpanRow {
  readonly batch: SpanBatch
  readonly row: number
  /** The row as a span. */
  readonly span: Span
  readonly producer: Producer
}

/** The row's own ids, of trace, span and parent. */
export function ownIds({ batch, row }: SpanRow): number[] {
  return Array.from(batch.ids.subarray(row * 8, row * 8 + 8))
}

/** Ids where the row speaks of its parent; undefined when it has none. */
export function idsOfParent(
  { batch, row }: SpanRow,
  parentOfParent: readonly number[],
): number[] | undefined {
  const { ids } = batch
  const at = row * 8
  if (ids[at + 6] === 0 && ids[at + 7] === 0) return undefined
  return [...ids.subarray(at, at + 4), ids[at + 6]!, ids[at + 7]!, ...parentOfParent]
}
