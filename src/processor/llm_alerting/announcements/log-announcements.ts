import type { LogRecord } from '../../../model/log.ts'
import type { AttributeColumns } from '../../../model/span.ts'
import type { Reading } from './announcement.ts'
import { readOwnLog } from './own-log.ts'
import { createPartialSpans, type DecodeSpans } from './partial-span.ts'

/** Reads log records: all that reach a processor have the mark of an announcement. */
export function createLogAnnouncements(
  columns: AttributeColumns,
  decodeSpans: DecodeSpans,
): (record: LogRecord) => Reading {
  const readPartialSpan = createPartialSpans(columns, decodeSpans)
  return (record) =>
    record.eventName === '' ? readPartialSpan(record) : readOwnLog(record, columns)
}
