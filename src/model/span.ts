/**
 * Spans as the pipeline sees them: only what selection, outcome and grouping ask for.
 *
 * Two shapes of the same thing. A {@link SpanBatch} is what a receiver decodes: columns, no object
 * per span. A {@link Span} is what selection reads: one span at a time, whether it comes from a row
 * of a batch or from an SDK.
 */

/** Any attribute value that rules can ask for. Maps, bytes and empty values count as absent. */
export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[]

/** OTLP enum numbers. Source: opentelemetry/proto/trace/v1/trace.proto. */
export const SPAN_KIND = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
} as const

/** OTLP enum numbers of `Status.code`. */
export const STATUS = { unset: 0, ok: 1, error: 2 } as const

/**
 * Where the parent of a span is. `unknown`: there is a parent, and the flags do not say where
 * (bit 8, 0x100, is unset).
 */
export type ParentPlace = 'none' | 'remote' | 'local' | 'unknown'

/** One span, seen by selection. Nothing of it may be kept after the call it was passed to. */
export interface Span {
  readonly name: string
  /** See {@link SPAN_KIND}. */
  readonly kind: number
  /** See {@link STATUS}. */
  readonly statusCode: number
  readonly parent: ParentPlace
  readonly scopeName: string
  /** `exception.type` of the last event that has one. */
  readonly exceptionType: string | undefined
  /** The span's own attribute; `column` comes from {@link AttributeColumns}. */
  attribute(column: number): AttributeValue | undefined
  /** The resource's attribute; same columns. */
  resourceAttribute(column: number): AttributeValue | undefined
}

/**
 * The attributes somebody asks for, numbered. Processors register what they need while the pipeline
 * is built; the receiver then decodes these keys and skips all others.
 */
export interface AttributeColumns {
  /** The number of a key, given on first request. Throws once {@link freeze} was called. */
  of(key: string): number
  readonly keys: readonly string[]
  freeze(): void
}

/**
 * Value ids from here on mean a value in the batch they came with only. A smaller id means the same
 * value as long as the table lives, so what follows from it may be remembered.
 */
export const BATCH_VALUE_ID = 2 ** 30

/**
 * Interned attribute values and names. Id 0 is "absent". Equal values may have different ids; see
 * {@link BATCH_VALUE_ID}.
 */
export interface ValueTable {
  get(id: number): AttributeValue | undefined
}

/** One resource of a batch. */
export interface BatchResource {
  /** Value ids, one per column of {@link SpanBatch.columns}; 0 = absent. */
  readonly attributes: Uint32Array
}

/** One instrumentation scope of a batch. */
export interface BatchScope {
  /** Empty when the scope has none. */
  readonly name: string
  /** Index into {@link SpanBatch.resources}. */
  readonly resource: number
}

/**
 * Decoded spans of one OTLP request, in columns. Rows are valid spans only: ids of wrong length or
 * all zeros are dropped by the decoder and counted in `rejected`.
 *
 * A batch and its arrays belong to the decoder and are reused: they are valid until the consumer's
 * synchronous part returns. Copy what must stay.
 */
export interface SpanBatch {
  /** Number of rows; the arrays may be longer. */
  readonly count: number
  /** Spans left out because an id was invalid. */
  readonly rejected: number
  /**
   * Eight big-endian words a row: trace id 0-3, span id 4-5, parent span id 6-7 (zeros: no parent).
   */
  readonly ids: Uint32Array
  readonly startUnixNano: BigUint64Array
  readonly endUnixNano: BigUint64Array
  /**
   * End minus start in nanoseconds, as a number: exact up to 104 days; negative if end < start, 0 where
   * the start was not set.
   */
  readonly durationNano: Float64Array
  /** See {@link SPAN_KIND}. */
  readonly kind: Uint8Array
  /** See {@link STATUS}. */
  readonly statusCode: Uint8Array
  /** OTLP flags: bit 8 (0x100) "is-remote is known", bit 9 (0x200) "parent is remote". */
  readonly flags: Uint32Array
  /** Value id of the span's name; 0 = empty. */
  readonly name: Uint32Array
  /** Value id of `exception.type` of the last event that has one; 0 = absent. */
  readonly exceptionType: Uint32Array
  /** Index into {@link scopes}. */
  readonly scope: Uint32Array
  /** `columns.keys.length` value ids a row; 0 = absent. */
  readonly attributes: Uint32Array
  readonly columns: AttributeColumns
  readonly values: ValueTable
  readonly scopes: readonly BatchScope[]
  readonly resources: readonly BatchResource[]
}
