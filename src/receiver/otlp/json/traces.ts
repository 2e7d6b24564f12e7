import type { AttributeColumns } from '../../../model/span.ts'
import { BatchBuffer } from '../batch-buffer.ts'
import type { TracesDecoder } from '../decoder.ts'
import { KeyTable } from '../key-table.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { createJsonParts } from './any-value.ts'
import { JsonEnvelope } from './envelope.ts'
import { JsonKeyValues } from './key-value.ts'
import { JsonSpans } from './span.ts'

/**
 * Decodes ExportTraceServiceRequest in OTLP/JSON by scanning its bytes once and taking only what the
 * batch has a column for. Stricter than most: a fault of the grammar anywhere, a known field of a
 * wrong type, a number that does not fit and an enum by name refuse the request.
 */
export function createJsonTracesDecoder(
  columns: AttributeColumns,
  values: ValueInterner,
): TracesDecoder {
  const parts = createJsonParts(values)
  const keys = new KeyTable(columns.keys)
  const batch = new BatchBuffer(columns, values)
  const attributes = new JsonKeyValues(parts, keys, SHARE.firstColumn)
  const item = new JsonSpans(parts, batch, attributes)
  const request = new JsonEnvelope({
    ...parts,
    signal: 'traces',
    attributes,
    envelope: batch,
    item,
  })
  return {
    decode(body) {
      keys.refresh()
      values.beginBatch()
      batch.begin()
      const warning = request.read(body)
      const { count, rejected } = batch
      return { batch, count, skipped: 0, rejected, warning }
    },
  }
}
