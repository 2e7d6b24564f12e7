import type { RequestFacts } from '../../src/model/outcome.ts'
import type { ChildBatch, GroupValues } from '../../src/model/record.ts'
import { toNano, words } from './records.ts'

/** A child, plainly. Ids are hex and may be short: they are padded with zeros on the left. */
export interface PlainChild {
  readonly trace: string
  readonly span: string
  readonly parent: string
  /** ms since the Unix epoch. */
  readonly endMs: number
  readonly durationMs?: number
  readonly scope?: string
  readonly name?: string
  readonly group?: GroupValues
  readonly facts?: RequestFacts
  readonly service?: string
  readonly instance?: string
}

/** Columns from plain children; equal kinds and producers are there once. */
export function childBatch(rows: readonly PlainChild[]): ChildBatch {
  const indexes = Uint32Array.from(rows.keys())
  const kinds = shared(rows, ({ scope = 'litellm', name = 'auth' }) => ({ scope, name }))
  const producers = shared(rows, ({ service = 'proxy', instance = 'one' }) => ({
    service,
    instance,
  }))
  return {
    count: rows.length,
    ids: Uint32Array.from(
      rows.flatMap(({ trace, span, parent }) => [
        ...words(trace, 4),
        ...words(span, 2),
        ...words(parent, 2),
      ]),
    ),
    endUnixNano: BigUint64Array.from(rows, ({ endMs }) => toNano(endMs)),
    durationNano: Float64Array.from(rows, ({ durationMs }) => (durationMs ?? 0) * 1e6),
    kind: kinds.indexes,
    group: indexes,
    fact: indexes,
    producer: producers.indexes,
    kinds: kinds.values,
    groups: rows.map(({ group }) => group ?? []),
    facts: rows.map(({ facts }) => facts ?? {}),
    producers: producers.values,
  }
}

/** Equal values once, and where each row's is. */
function shared<T>(
  rows: readonly PlainChild[],
  valueOf: (row: PlainChild) => T,
): { values: T[]; indexes: Uint32Array } {
  const at = new Map<string, number>()
  const values: T[] = []
  const indexes = Uint32Array.from(rows, (row) => {
    const value = valueOf(row)
    const key = JSON.stringify(value)
    const known = at.get(key)
    if (known !== undefined) return known
    at.set(key, values.length)
    return values.push(value) - 1
  })
  return { values, indexes }
}
