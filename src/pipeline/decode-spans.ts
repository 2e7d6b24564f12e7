import { Refusal } from '../model/refusal.ts'
import type { AttributeColumns, SpanBatch } from '../model/span.ts'
import type { DecodeSpans } from '../processor/llm_alerting/announcements/partial-span.ts'
import { createTracesDecoders } from '../receiver/otlp/decoders.ts'

/**
 * Decodes spans that lie in something else than a request, with the receiver's decoders and buffers of
 * its own: a batch is valid until the next one.
 */
export function createDecodeSpans(columns: AttributeColumns): DecodeSpans {
  const decoders = createTracesDecoders(columns)
  return (encoding, body): SpanBatch | undefined => {
    try {
      return decoders[encoding].decode(body).batch
    } catch (error) {
      if (error instanceof Refusal) return undefined
      throw error
    }
  }
}
