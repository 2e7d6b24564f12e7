import type { AlertChange } from './alert.ts'
import type { EventId } from './journal.ts'
import type { LogBatch } from './log.ts'
import type { SpanBatch } from './span.ts'

/** Something with a life: created without side effects, started, shut down. */
export interface Component {
  /** Resolves when ready (ports known). Rejects when it cannot run. */
  start(): Promise<void>
  /** Stops intake, flushes, releases. Safe before start and twice. Gives up when `signal` aborts. */
  shutdown(signal: AbortSignal): Promise<void>
}

/** What is received and sent, each in requests and pipelines of its own. */
export type Signal = 'traces' | 'logs'

/** An OTLP request as it came, for exporters that pass it on. */
export interface RawRequest {
  readonly transport: 'grpc' | 'http'
  readonly encoding: 'protobuf' | 'json'
  /** The decompressed message; valid as long as the batch is. */
  readonly body: Uint8Array
}

/** What became of accepted spans or log records, for the partial success of the answer. */
export interface ConsumeResult {
  /** How many were not taken. */
  readonly rejected: number
  /** English, for the sender's developer; empty = nothing to say. */
  readonly message: string
}

/** Takes decoded spans. Rejects with a Refusal when the sender must be told something else than OK. */
export interface TracesConsumer {
  /** Resolves when the spans are where they cannot be lost: only then is the sender acknowledged. */
  consumeTraces(batch: SpanBatch, raw: RawRequest): Promise<ConsumeResult>
}

/** Takes decoded log records. Rejects with a Refusal as {@link TracesConsumer} does. */
export interface LogsConsumer {
  /** Resolves when what matters of the records is where it cannot be lost. */
  consumeLogs(batch: LogBatch): Promise<ConsumeResult>
}

/** One alert change on its way to an alert exporter. */
export interface AlertEvent {
  readonly id: EventId
  readonly change: AlertChange
  /** The condition had cleared before the trigger could be delivered (late page). */
  readonly cleared: boolean
}

/** What one attempt came to. */
export type AttemptResult =
  | { readonly kind: 'delivered' }
  /** Try again: nothing is known to be wrong with the event. */
  | {
      readonly kind: 'retry'
      readonly reason: string
      /** The receiver's own wish, ms. */
      readonly afterMs?: number
      /** Hold up everything for this destination, not only this dedup key (a 429). */
      readonly wholeDestination: boolean
    }
  /** The destination is set up wrongly (a refused key): keep the event, try slowly, tell a human. */
  | { readonly kind: 'misconfigured'; readonly reason: string }
  /** These bytes will never be taken. */
  | { readonly kind: 'rejected'; readonly reason: string }

/** Delivers alert events. Keeps no queue and no schedule: delivery does. */
export interface AlertExporter extends Component {
  /** One attempt. Never throws for what the destination does; aborts early with the signal. */
  attempt(event: AlertEvent, signal: AbortSignal): Promise<AttemptResult>
}
