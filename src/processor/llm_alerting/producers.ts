import { cutTextTo } from '../../lib/cut-text.ts'
import type { Producer } from '../../model/record.ts'
import type { AttributeColumns, AttributeValue, SpanBatch } from '../../model/span.ts'

/** Attributes of a resource that say who sends. */
export const SERVICE_NAME = 'service.name'
export const SERVICE_INSTANCE = 'service.instance.id'

/** Who sends: read from the resources of a batch. */
export function createProducerReader(columns: AttributeColumns): (batch: SpanBatch) => Producer[] {
  const service = columns.of(SERVICE_NAME)
  const instance = columns.of(SERVICE_INSTANCE)
  return (batch) =>
    batch.resources.map(({ attributes }) =>
      producerOf(batch.values.get(attributes[service]!), batch.values.get(attributes[instance]!)),
    )
}

export function producerOf(
  service: AttributeValue | undefined,
  instance: AttributeValue | undefined,
): Producer {
  return { service: shortText(service) || 'unknown_service', instance: shortText(instance) }
}

/** Long names are cut: they end up in pages. */
export function shortText(value: AttributeValue | undefined): string {
  return typeof value === 'string' ? cutTextTo(value, 200) : ''
}
