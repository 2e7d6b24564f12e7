import { afterEach, expect, vi } from 'vitest'
import { createAttributeColumns } from '../../../src/model/attribute-columns.ts'
import type {
  ConsumeResult,
  LogsConsumer,
  RawRequest,
  Signal,
  TracesConsumer,
} from '../../../src/model/component.ts'
import type { LogBatch, LogRecord } from '../../../src/model/log.ts'
import type { SpanBatch } from '../../../src/model/span.ts'
import type { Telemetry } from '../../../src/model/telemetry.ts'
import {
  GRPC_DEFAULTS,
  HTTP_DEFAULTS,
  type GrpcOptions,
  type HttpOptions,
  type OtlpReceiverOptions,
} from '../../../src/receiver/otlp/options.ts'
import { createOtlpReceiver, type OtlpReceiver } from '../../../src/receiver/otlp/receiver.ts'
import { readBatch, type ReadSpan } from '../../helpers/batch.ts'
import type { TracesInput } from '../../helpers/otlp.ts'

/** Copies what it is given, and answers as it is told. */
class RecordingConsumer implements TracesConsumer, LogsConsumer {
  readonly spans: ReadSpan[] = []
  readonly records: LogRecord[] = []
  readonly requests: RawRequest[] = []
  /** What every call comes to; replace it to hold calls back or to refuse. */
  answer: () => Promise<ConsumeResult> = () => Promise.resolve({ rejected: 0, message: '' })

  consumeTraces(batch: SpanBatch, raw: RawRequest): Promise<ConsumeResult> {
    this.spans.push(...readBatch(batch).spans)
    this.requests.push({ ...raw, body: Uint8Array.from(raw.body) })
    return this.answer()
  }

  consumeLogs(batch: LogBatch): Promise<ConsumeResult> {
    this.records.push(...batch.records)
    return this.answer()
  }
}

/** Counts, by `transport`. */
export class RecordingTelemetry {
  readonly listening: string[] = []
  /** Spans. */
  readonly accepted = { grpc: 0, http: 0 }
  readonly refused = { grpc: 0, http: 0 }
  /** Log records. */
  readonly acceptedLogs = { grpc: 0, http: 0 }
  readonly refusedLogs = { grpc: 0, http: 0 }
  readonly failed: string[] = []
  readonly broken: unknown[] = []

  readonly receiver: Telemetry['receiver'] = {
    listening: (receiver, transport, address) =>
      this.listening.push(`${receiver} ${transport} ${address}`),
    accepted: (_receiver, transport, signal, items) => {
      const counts = signal === 'traces' ? this.accepted : this.acceptedLogs
      counts[transport] += items
    },
    refused: (_receiver, transport, signal, items) => {
      const counts = signal === 'traces' ? this.refused : this.refusedLogs
      counts[transport] += items
    },
    failed: (_receiver, transport, code) => this.failed.push(`${transport} ${code}`),
    broke: (_receiver, _transport, error) => this.broken.push(error),
  }
}

export interface Running {
  readonly receiver: OtlpReceiver
  readonly consumer: RecordingConsumer
  readonly telemetry: RecordingTelemetry
  readonly grpcPort: number
  readonly httpPort: number
}

const closing: (() => Promise<void> | void)[] = []

/** Has it run after the test, latest first. */
export function afterTest(close: () => Promise<void> | void): void {
  closing.unshift(close)
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  // A connection or listener that outlives its test was leaked.
  await vi.waitFor(
    () => {
      expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toEqual([])
    },
    { interval: 5 },
  )
})

export interface OptionsInput {
  readonly grpc?: Partial<GrpcOptions>
  readonly http?: Partial<HttpOptions>
}

/** Both protocols on free ports of 127.0.0.1, unless told otherwise. */
export function optionsOf(input: OptionsInput = {}): OtlpReceiverOptions {
  return {
    grpc: { ...GRPC_DEFAULTS, host: '127.0.0.1', port: 0, ...input.grpc },
    http: { ...HTTP_DEFAULTS, host: '127.0.0.1', port: 0, ...input.http },
  }
}

export interface Unstarted {
  readonly receiver: OtlpReceiver
  readonly consumer: RecordingConsumer
  readonly telemetry: RecordingTelemetry
}

export function createReceiver(
  options: OtlpReceiverOptions,
  id = 'otlp',
  signals: readonly Signal[] = ['traces'],
): Unstarted {
  const consumer = new RecordingConsumer()
  const telemetry = new RecordingTelemetry()
  const columns = createAttributeColumns()
  columns.of('service.name')
  columns.of('llm.model')
  const receiver = createOtlpReceiver({
    id,
    options,
    columns,
    ...(signals.includes('traces') && { traces: consumer }),
    ...(signals.includes('logs') && { logs: consumer }),
    telemetry: telemetry.receiver,
  })
  afterTest(() => receiver.shutdown(AbortSignal.timeout(10_000)))
  return { receiver, consumer, telemetry }
}

/** Starts a receiver, of traces unless told otherwise, that is shut down after the test. */
export async function startReceiver(
  input: OptionsInput = {},
  signals?: readonly Signal[],
): Promise<Running> {
  const created = createReceiver(optionsOf(input), 'otlp', signals)
  await created.receiver.start()
  return {
    ...created,
    grpcPort: created.receiver.address('grpc')!.port,
    httpPort: created.receiver.address('http')!.port,
  }
}

/** So many spans with ids of their own. */
export function someSpans(count: number, from = 1): TracesInput {
  return [
    {
      resource: { 'service.name': 'proxy' },
      scopes: [
        {
          name: 'litellm',
          spans: Array.from({ length: count }, (_, index) => ({
            traceId: (from + index).toString(16).padStart(32, '0'),
            spanId: (from + index).toString(16).padStart(16, '0'),
            name: 'chat',
            startUnixNano: 1_544_712_660_000_000_001n,
            endUnixNano: 1_544_712_661_000_000_001n,
          })),
        },
      ],
    },
  ]
}

/** A promise and its resolver: holds the consumer back until the test lets go. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
