import type { AttributeColumns } from '../../../model/span.ts'
import { AnnouncedSpan } from './announced-span.ts'
import { type Reading, UNSAID } from './announcement.ts'
import { OWN_KEYS } from './own-content.ts'
import { idsOfParent, type SpanRow } from './span-row.ts'
import { hexWords } from './values.ts'

/** Older versions add it to the name. */
const NAME_SUFFIX = ' (pending)'

/**
 * Pydantic Logfire sends a copy of each span when it starts, as a child of it. A root has zeros for
 * its parent (Python, TypeScript) or names none (Rust). Whether the parent is remote is not said.
 * Source: PendingSpanProcessor in https://github.com/pydantic/logfire
 */
export function createLogfire(columns: AttributeColumns): (row: SpanRow) => Reading {
  const parentColumn = columns.of(OWN_KEYS.parentId)
  return (row) => {
    const { batch, span, producer } = row
    const parentId = hexWords(span.attribute(parentColumn) ?? '0'.repeat(16), 2)
    const ids = parentId && idsOfParent(row, parentId)
    if (parentId === undefined || ids === undefined) return { form: 'logfire', fault: 'bad_ids' }
    const { name } = span
    const isRoot = parentId.every((word) => word === 0)
    return {
      ...UNSAID,
      form: 'logfire',
      state: 'open',
      ids,
      span: new AnnouncedSpan(span, {
        name: name.endsWith(NAME_SUFFIX) ? name.slice(0, -NAME_SUFFIX.length) : name,
        parent: isRoot ? 'none' : 'unknown',
      }),
      announcer: { ...producer, boot: '' },
      startUnixNano: batch.startUnixNano[row.row]!,
    }
  }
}
