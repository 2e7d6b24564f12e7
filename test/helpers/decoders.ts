import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import { Refusal } from '../../src/model/refusal.ts'
import type { AttributeColumns } from '../../src/model/span.ts'
import type { Decoder } from '../../src/receiver/otlp/decoder.ts'
import { createLogsDecoders, createTracesDecoders } from '../../src/receiver/otlp/decoders.ts'

/** A decoder of traces in each encoding that takes these attributes. */
export function decodersOf(keys: readonly string[]): ReturnType<typeof createTracesDecoders> {
  return createTracesDecoders(columnsOf(keys))
}

/** The same for logs. */
export function logsDecodersOf(keys: readonly string[]): ReturnType<typeof createLogsDecoders> {
  return createLogsDecoders(columnsOf(keys))
}

function columnsOf(keys: readonly string[]): AttributeColumns {
  const columns = createAttributeColumns()
  for (const key of keys) columns.of(key)
  return columns
}

/** The Refusal that decoding ends in; undefined when it succeeds. Whatever else is thrown goes on. */
export function refusalOf(decoder: Decoder<unknown>, body: Uint8Array): Refusal | undefined {
  try {
    decoder.decode(body)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
