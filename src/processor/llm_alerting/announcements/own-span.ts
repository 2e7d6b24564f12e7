import type { AttributeColumns } from '../../../model/span.ts'
import { AnnouncedSpan } from './announced-span.ts'
import type { Reading } from './announcement.ts'
import { OWN_KEYS, readOwnContent } from './own-content.ts'
import { idsOfParent, type SpanRow } from './span-row.ts'

/**
 * Our announcement as a span: a child of the open span, without duration, with an id of its own. So it
 * passes through any exporter and any pipeline of traces.
 */
export function createOwnSpans(columns: AttributeColumns): (row: SpanRow) => Reading {
  const numbered = new Map(Object.values<string>(OWN_KEYS).map((key) => [key, columns.of(key)]))
  return (row) => {
    const { batch, span, producer } = row
    const content = readOwnContent((key) => span.attribute(numbered.get(key)!))
    if (typeof content === 'string') return { form: 'span', fault: content }
    const { said, parentId, boot, ...rest } = content
    const ids = idsOfParent(row, parentId)
    if (ids === undefined) return { form: 'span', fault: 'bad_ids' }
    return {
      ...rest,
      form: 'span',
      ids,
      span: new AnnouncedSpan(span, said),
      announcer: { ...producer, boot },
      startUnixNano: rest.startUnixNano || batch.startUnixNano[row.row]!,
    }
  }
}
