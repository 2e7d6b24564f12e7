import type { SpanBatch } from '../../model/span.ts'

/**
 * Turns an OTLP trace request into columns. One per receiver and encoding: it owns the buffers of
 * the batch it returns, which the next call reuses.
 */
export interface TracesDecoder {
  /**
   * Throws a Refusal: `invalid_argument` for undecodable bytes, `too_large` for more than 262,144
   * spans in one request. Spans with invalid ids are left out
   * and counted in `rejected`; `warning` is set when the sender should hear of something harmless.
   */
  decode(body: Uint8Array): { readonly batch: SpanBatch; readonly warning: string }
}
