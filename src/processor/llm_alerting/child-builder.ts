import type { RequestFacts } from '../../model/outcome.ts'
import type { ChildBatch, GroupValues, Producer } from '../../model/record.ts'
import type { Selection, SpanClass } from '../../model/selection.ts'
import type { AttributeColumns, AttributeValue, Span, SpanBatch } from '../../model/span.ts'
import { Indexed } from '../../records/indexed.ts'
import { EXCLUDED_OPERATIONS } from '../../selection/presets/attributes.ts'

/** What agents and workflows call their own spans: these rightly take minutes, and so do their parents. */
const LONG_WORK: readonly (readonly [key: string, values: readonly string[]])[] = [
  ['gen_ai.operation.name', EXCLUDED_OPERATIONS],
  ['openinference.span.kind', ['AGENT', 'CHAIN', 'TOOL']],
  ['traceloop.span.kind', ['workflow', 'task', 'agent', 'tool']],
]

/** Does a span say that its parent, which is local, is open or will come? */
export function createIsChild(columns: AttributeColumns): (span: Span) => boolean {
  const longWork = LONG_WORK.map(([key, values]) => ({
    column: columns.of(key),
    values: new Set<AttributeValue | undefined>(values),
  }))
  return (span) =>
    span.parent === 'local' &&
    !longWork.some(({ column, values }) => values.has(span.attribute(column)))
}

interface Row {
  readonly row: number
  readonly producer: number
  readonly scope: string
  readonly name: string
  readonly group: GroupValues
  readonly facts: RequestFacts
}

/** Collects spans from which an open parent may be inferred. */
export class ChildBuilder {
  readonly #batch: SpanBatch
  readonly #selection: Selection
  readonly #rows: Row[] = []

  constructor(batch: SpanBatch, selection: Selection) {
    this.#batch = batch
    this.#selection = selection
  }

  add(row: number, producer: number, span: Span, spanClass: SpanClass): void {
    const { group, facts } = this.#selection.judge(span, spanClass, true)
    const { scopeName: scope, name } = span
    this.#rows.push({ row, producer, scope, name, group, facts: ofParent(facts) })
  }

  build(producers: readonly Producer[]): ChildBatch | undefined {
    const rows = this.#rows
    if (rows.length === 0) return undefined
    const batch = this.#batch
    const kinds = new Indexed<ChildBatch['kinds'][number]>()
    const groups = new Indexed<GroupValues>()
    const facts = new Indexed<RequestFacts>()
    const ids = new Uint32Array(rows.length * 8)
    for (const [at, { row }] of rows.entries()) {
      ids.set(batch.ids.subarray(row * 8, row * 8 + 8), at * 8)
    }
    return {
      count: rows.length,
      ids,
      endUnixNano: BigUint64Array.from(rows, ({ row }) => batch.endUnixNano[row]!),
      durationNano: Float64Array.from(rows, ({ row }) => Math.max(0, batch.durationNano[row]!)),
      kind: Uint32Array.from(rows, ({ scope, name }) =>
        kinds.of({ scope, name }, JSON.stringify([scope, name])),
      ),
      group: Uint32Array.from(rows, ({ group }) => groups.of(group)),
      fact: Uint32Array.from(rows, (row) => facts.of(row.facts, JSON.stringify(row.facts))),
      producer: Uint32Array.from(rows, ({ producer }) => producer),
      kinds: kinds.list,
      groups: groups.list,
      facts: facts.list,
      producers,
    }
  }
}

/** What a child knows of the request; its own error is not the request's. */
function ofParent(facts: RequestFacts): RequestFacts {
  const { errorType: _errorType, httpStatus: _httpStatus, ...others } = facts
  return others
}
