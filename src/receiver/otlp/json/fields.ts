import { KeyTable } from '../key-table.ts'
import type { JsonScanner } from './scanner.ts'

const UNDERSCORE = 0x5f

/** Spellings of the .proto files, which OTLP/JSON does not know and a sender may believe in. */
const SNAKE_CASE = new KeyTable([
  'resource_spans',
  'scope_spans',
  'resource_logs',
  'scope_logs',
  'log_records',
  'schema_url',
  'trace_id',
  'span_id',
  'trace_state',
  'parent_span_id',
  'start_time_unix_nano',
  'end_time_unix_nano',
  'time_unix_nano',
  'observed_time_unix_nano',
  'severity_number',
  'severity_text',
  'event_name',
  'dropped_attributes_count',
  'dropped_events_count',
  'dropped_links_count',
  'string_value',
  'bool_value',
  'int_value',
  'double_value',
  'array_value',
  'kvlist_value',
  'bytes_value',
])

/**
 * Reads the fields of messages: lowerCamelCase only; fields that nobody knows are ignored. A field
 * given twice: the last scalar holds, lists and messages go together, as in protobuf.
 */
export class JsonFields {
  readonly #scanner: JsonScanner
  #sawSnakeCase = false

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner
  }

  begin(): void {
    this.#sawSnakeCase = false
  }

  /** Since {@link begin} a known field was spelled in snake_case, and so ignored. */
  get sawSnakeCase(): boolean {
    return this.#sawSnakeCase
  }

  /**
   * The number of the object's next field that `known` has, up to its value; -1 when the object
   * ended.
   */
  next(known: KeyTable): number {
    const scanner = this.#scanner
    while (scanner.nextKey()) {
      const { text, from, to } = scanner
      const field = known.find(text, from, to)
      if (field >= 0) return field
      if (text.data.indexOf(UNDERSCORE, from) < to && SNAKE_CASE.find(text, from, to) >= 0) {
        this.#sawSnakeCase = true
      }
      scanner.skipValue()
    }
    return -1
  }
}
