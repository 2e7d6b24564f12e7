import type { AttributeColumns } from '../../model/span.ts'
import type { Encoding } from './answer.ts'
import type { LogsDecoder, TracesDecoder } from './decoder.ts'
import { createJsonLogsDecoder } from './json/logs.ts'
import { createJsonTracesDecoder } from './json/traces.ts'
import { ValueInterner } from './values.ts'
import { createProtobufLogsDecoder } from './wire/logs.ts'
import { createProtobufTracesDecoder } from './wire/traces.ts'

/** Decoders of both encodings, which share the cache of values. */
export function createTracesDecoders(columns: AttributeColumns): Record<Encoding, TracesDecoder> {
  const values = new ValueInterner()
  return {
    protobuf: createProtobufTracesDecoder(columns, values),
    json: createJsonTracesDecoder(columns, values),
  }
}

/**
 * With a cache apart from that of spans, which start times and ages, all different, would fill.
 * `columns` must be complete.
 */
export function createLogsDecoders(columns: AttributeColumns): Record<Encoding, LogsDecoder> {
  const values = new ValueInterner()
  return {
    protobuf: createProtobufLogsDecoder(columns, values),
    json: createJsonLogsDecoder(columns, values),
  }
}
