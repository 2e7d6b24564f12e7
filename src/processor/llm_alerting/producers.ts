import { cutTextTo } from '../../lib/cut-text.ts'
import type { Producer } from '../../model/record.ts'
import type { AttributeColumns, SpanBatch } from '../../model/span.ts'

/** Who sends: read from the resources of a batch. */
export function createProducerReader(columns: AttributeColumns): (batch: SpanBatch) => Producer[] {
  const service = columns.of('service.name')
  const instance = columns.of('service.instance.id')
  return (batch) =>
    batch.resources.map(({ attributes }) => ({
      service: text(batch.values.get(attributes[service]!)) || 'unknown_service',
      instance: text(batch.values.get(attributes[instance]!)),
    }))
}

/** Long names are cut: they end up in pages. */
function text(value: unknown): string {
  return typeof value === 'string' ? cutTextTo(value, 200) : ''
}
