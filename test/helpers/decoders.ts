import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { TracesDecoder } from '../../src/receiver/otlp/decoder.ts'
import { createJsonTracesDecoder } from '../../src/receiver/otlp/json/traces.ts'
import { ValueInterner } from '../../src/receiver/otlp/values.ts'
import { createProtobufTracesDecoder } from '../../src/receiver/otlp/wire/traces.ts'
import { Refusal } from '../../src/model/refusal.ts'

/** A decoder of each encoding that takes these attributes. */
export function decodersOf(keys: readonly string[]): {
  readonly protobuf: TracesDecoder
  readonly json: TracesDecoder
} {
  const columns = createAttributeColumns()
  for (const key of keys) columns.of(key)
  const values = new ValueInterner()
  return {
    protobuf: createProtobufTracesDecoder(columns, values),
    json: createJsonTracesDecoder(columns, values),
  }
}

/** The Refusal that decoding ends in; undefined when it succeeds. Whatever else is thrown goes on. */
export function refusalOf(decoder: TracesDecoder, body: Uint8Array): Refusal | undefined {
  try {
    decoder.decode(body)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
