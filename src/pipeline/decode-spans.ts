import { Refusal } from '../model/refusal.ts'
import type { AttributeColumns, SpanBatch } from '../model/span.ts'
import type { DecodeSpans } from '../processor/llm_alerting/announcements/partial-span.ts'
import { createJsonTracesDecoder } from '../receiver/otlp/json/traces.ts'
import { ValueInterner } from '../receiver/otlp/values.ts'
import { createProtobufTracesDecoder } from '../receiver/otlp/wire/traces.ts'

/**
 * Decodes spans that lie in something else than a request, with the receiver's decoders and buffers of
 * its own: a batch is valid until the next one.
 */
export function createDecodeSpans(columns: AttributeColumns): DecodeSpans {
  const values = new ValueInterner()
  const decoders = {
    json: createJsonTracesDecoder(columns, values),
    protobuf: createProtobufTracesDecoder(columns, values),
  }
  return (encoding, body): SpanBatch | undefined => {
    try {
      return decoders[encoding].decode(body).batch
    } catch (error) {
      if (error instanceof Refusal) return undefined
      throw error
    }
  }
}
