import type { AttributeColumns } from '../../../model/span.ts'
import { BatchBuffer } from '../batch-buffer.ts'
import type { TracesDecoder } from '../decoder.ts'
import { KeyTable } from '../key-table.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { EnvelopeWalk } from './envelope.ts'
import { KeyValueWalk } from './key-value.ts'
import { WireReader } from './reader.ts'
import { SpanWalk } from './span.ts'

/**
 * Decodes ExportTraceServiceRequest in protobuf by walking its bytes once and taking only what the
 * batch has a column for; everything else is skipped by its length, unread. Attributes named twice:
 * the last one holds.
 */
export function createProtobufTracesDecoder(
  columns: AttributeColumns,
  values: ValueInterner,
): TracesDecoder {
  const reader = new WireReader()
  const keys = new KeyTable(columns.keys)
  const batch = new BatchBuffer(columns, values)
  const attribute = new KeyValueWalk(reader, values, keys, SHARE.firstColumn)
  const item = new SpanWalk(reader, values, batch, attribute)
  const request = new EnvelopeWalk({ reader, values, attribute, envelope: batch, item })
  return {
    decode(body) {
      keys.refresh()
      values.beginBatch()
      batch.begin()
      request.read(body)
      const { count, rejected } = batch
      return { batch, count, skipped: 0, rejected, warning: '' }
    },
  }
}
