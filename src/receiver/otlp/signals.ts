import type { Signal } from '../../model/component.ts'

/** What the protocol calls things, by signal. */
interface Words {
  /** Full name of the gRPC service, whose one method is Export. */
  readonly service: string
  /** Field of the partial success, in JSON; in protobuf it has the number 1 everywhere. */
  readonly rejected: string
  /** What a request holds, as messages call it. */
  readonly item: string
}

export const SIGNALS: readonly Signal[] = ['traces', 'logs']

/** Source: opentelemetry/proto/collector. */
export const WORDS_OF: Record<Signal, Words> = {
  traces: {
    service: 'opentelemetry.proto.collector.trace.v1.TraceService',
    rejected: 'rejectedSpans',
    item: 'span',
  },
  logs: {
    service: 'opentelemetry.proto.collector.logs.v1.LogsService',
    rejected: 'rejectedLogRecords',
    item: 'log record',
  },
}
