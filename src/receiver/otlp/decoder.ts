import type { LogBatch } from '../../model/log.ts'
import type { SpanBatch } from '../../model/span.ts'

/** What a decoder makes of one request. */
export interface Decoded<Batch> {
  readonly batch: Batch
  /** Items in the batch. */
  readonly count: number
  /** Good items that nobody asks for, and that are not in the batch. */
  readonly skipped: number
  /** Items left out because an id was invalid. */
  readonly rejected: number
  /** Set when the sender should hear of something harmless. */
  readonly warning: string
}

/** Decodes OTLP requests of one signal and encoding. One per receiver: it owns buffers. */
export interface Decoder<Batch> {
  /**
   * Throws a Refusal: `invalid_argument` for undecodable bytes, `too_large` for more items than a
   * batch may hold.
   */
  decode(body: Uint8Array): Decoded<Batch>
}

/**
 * Turns a trace request into columns, at most 262,144 spans. The next call reuses the buffers of the
 * batch.
 */
export type TracesDecoder = Decoder<SpanBatch>

/** Takes from a logs request the records that may announce an open span, at most 65,536. */
export type LogsDecoder = Decoder<LogBatch>
