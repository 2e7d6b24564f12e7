import type { AttributeColumns } from '../../../model/span.ts'
import type { LogsDecoder } from '../decoder.ts'
import { KeyTable } from '../key-table.ts'
import { LogBuffer } from '../log-buffer.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { EnvelopeWalk } from './envelope.ts'
import { KeyValueWalk } from './key-value.ts'
import { LogRecordWalk } from './log-record.ts'
import { WireReader } from './reader.ts'

/**
 * Decodes ExportLogsServiceRequest in protobuf as traces are, taking only the records that may
 * announce an open span. `columns` must be complete.
 */
export function createProtobufLogsDecoder(
  columns: AttributeColumns,
  values: ValueInterner,
): LogsDecoder {
  const reader = new WireReader()
  const buffer = new LogBuffer(columns, values)
  const keys = new KeyTable(buffer.keys)
  const attribute = new KeyValueWalk(reader, values, keys, SHARE.firstColumn)
  const item = new LogRecordWalk(reader, values, buffer, attribute)
  const request = new EnvelopeWalk({ reader, values, attribute, envelope: buffer, item })
  return {
    decode(body) {
      values.beginBatch()
      buffer.begin()
      request.read(body)
      const { records, skipped, rejected } = buffer
      return { batch: { records }, count: records.length, skipped, rejected, warning: '' }
    },
  }
}
