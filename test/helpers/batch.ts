import type { AttributeValue, SpanBatch } from '../../src/model/span.ts'

/** A row of a batch as a plain object, for assertions. */
export interface ReadSpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  readonly spanId: string
  /** Empty = no parent. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly statusCode: number
  readonly flags: number
  readonly startUnixNano: bigint
  readonly endUnixNano: bigint
  readonly durationNano: number
  readonly exceptionType: AttributeValue | undefined
  readonly scopeName: string
  /** Only the attributes that the batch has columns for and the span has values of. */
  readonly attributes: Record<string, AttributeValue>
  readonly resource: Record<string, AttributeValue>
}

/** The rows of a batch as plain objects; nothing of the batch's buffers stays in them. */
export function readBatch(batch: SpanBatch): {
  readonly spans: readonly ReadSpan[]
  readonly rejected: number
} {
  const spans = Array.from({ length: batch.count }, (_, row) => readSpan(batch, row))
  return { spans, rejected: batch.rejected }
}

function readSpan(batch: SpanBatch, row: number): ReadSpan {
  const scope = batch.scopes[batch.scope[row]!]!
  const width = batch.columns.keys.length
  const parentSpanId = hex(batch, row, 6, 8)
  return {
    traceId: hex(batch, row, 0, 4),
    spanId: hex(batch, row, 4, 6),
    parentSpanId: /^0+$/.test(parentSpanId) ? '' : parentSpanId,
    name: String(batch.values.get(batch.name[row]!) ?? ''),
    kind: batch.kind[row]!,
    statusCode: batch.statusCode[row]!,
    flags: batch.flags[row]!,
    startUnixNano: batch.startUnixNano[row]!,
    endUnixNano: batch.endUnixNano[row]!,
    durationNano: batch.durationNano[row]!,
    exceptionType: batch.values.get(batch.exceptionType[row]!),
    scopeName: scope.name,
    attributes: readAttributes(batch, batch.attributes.subarray(row * width, (row + 1) * width)),
    resource: readAttributes(batch, batch.resources[scope.resource]!.attributes),
  }
}

function readAttributes(batch: SpanBatch, ids: Uint32Array): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const [column, key] of batch.columns.keys.entries()) {
    const value = batch.values.get(ids[column]!)
    if (value !== undefined) attributes[key] = value
  }
  return attributes
}

function hex(batch: SpanBatch, row: number, from: number, to: number): string {
  return Array.from(batch.ids.subarray(row * 8 + from, row * 8 + to), (word) =>
    word.toString(16).padStart(8, '0'),
  ).join('')
}
