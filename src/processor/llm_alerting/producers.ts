import type { Producer } from '../../model/record.ts'
import type { AttributeColumns, SpanBatch } from '../../model/span.ts'
import { producerOf, SERVICE_INSTANCE, SERVICE_NAME } from '../../records/producer.ts'

/** Who sends: read from the resources of a batch. */
export function createProducerReader(columns: AttributeColumns): (batch: SpanBatch) => Producer[] {
  const service = columns.of(SERVICE_NAME)
  const instance = columns.of(SERVICE_INSTANCE)
  return (batch) =>
    batch.resources.map(({ attributes }) =>
      producerOf(batch.values.get(attributes[service]!), batch.values.get(attributes[instance]!)),
    )
}
