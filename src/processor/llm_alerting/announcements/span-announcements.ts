import { type AttributeColumns, type SpanBatch, STATUS } from '../../../model/span.ts'
import type { Reading } from './announcement.ts'
import { createLogfire } from './logfire.ts'
import { OWN_KEYS } from './own-content.ts'
import { createOwnSpans } from './own-span.ts'
import type { SpanRow } from './span-row.ts'
import { readUnended } from './unended.ts'

/** Spans that announce open ones, or are open themselves. */
export interface SpanAnnouncements {
  /** A cheap look at a row, for all rows: ordinary spans have none of the marks. */
  hasMark(batch: SpanBatch, row: number): boolean
  /** Undefined: the row is a span that ended, mark or no mark. */
  read(row: SpanRow): Reading | undefined
}

export function createSpanAnnouncements(columns: AttributeColumns): SpanAnnouncements {
  const lifecycle = columns.of(OWN_KEYS.lifecycle)
  const spanType = columns.of('logfire.span_type')
  const partialVersion = columns.of('_dd.partial_version')
  const readOwn = createOwnSpans(columns)
  const readLogfire = createLogfire(columns)

  return {
    hasMark({ attributes, columns: { keys }, durationNano }, row) {
      const at = row * keys.length
      const marks =
        attributes[at + lifecycle]! | attributes[at + spanType]! | attributes[at + partialVersion]!
      return marks !== 0 || durationNano[row]! <= 0
    },
    read(row) {
      const { span } = row
      if (span.attribute(lifecycle) !== undefined) return readOwn(row)
      if (span.attribute(spanType) === 'pending_span') return readLogfire(row)
      if (Number(span.attribute(partialVersion)) >= 0) return readUnended('datadog', row)
      return isUnended(row) ? readUnended('unended', row) : undefined
    },
  }
}

/**
 * An end before the start says that there is none yet; but who has set a status was done, and only its
 * clock was set back meanwhile.
 */
function isUnended({ batch, row, span }: SpanRow): boolean {
  if (batch.endUnixNano[row] === 0n) return true
  return batch.durationNano[row]! < 0 && span.statusCode === STATUS.unset
}
