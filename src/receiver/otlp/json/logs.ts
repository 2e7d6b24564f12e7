import type { AttributeColumns } from '../../../model/span.ts'
import type { LogsDecoder } from '../decoder.ts'
import { KeyTable } from '../key-table.ts'
import { LogBuffer } from '../log-buffer.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { createJsonParts } from './any-value.ts'
import { JsonEnvelope } from './envelope.ts'
import { JsonKeyValues } from './key-value.ts'
import { JsonLogRecords } from './log-record.ts'

/**
 * Decodes ExportLogsServiceRequest in OTLP/JSON as traces are, taking only the records that may
 * announce an open span. `columns` must be complete.
 */
export function createJsonLogsDecoder(
  columns: AttributeColumns,
  values: ValueInterner,
): LogsDecoder {
  const parts = createJsonParts(values)
  const buffer = new LogBuffer(columns, values)
  const attributes = new JsonKeyValues(parts, new KeyTable(buffer.keys), SHARE.firstColumn)
  const item = new JsonLogRecords(parts, buffer, attributes)
  const request = new JsonEnvelope({ ...parts, signal: 'logs', attributes, envelope: buffer, item })
  return {
    decode(body) {
      values.beginBatch()
      buffer.begin()
      const warning = request.read(body)
      const { records, skipped, rejected } = buffer
      return { batch: { records }, count: records.length, skipped, rejected, warning }
    },
  }
}
