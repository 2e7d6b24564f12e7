import { ANNOUNCEMENT_EVENTS, ANNOUNCEMENT_KEYS } from '../../src/model/log.ts'
import type { Decoded } from '../../src/receiver/otlp/decoder.ts'
import type { LogBatch, LogRecord } from '../../src/model/log.ts'
import { logsRequestType } from './otlp-logs.ts'
import { type AnyValue, type KeyValue, taken } from './otlp-reference.ts'

/** The parts of protobufjs' messages that the reference reads. */
interface Message {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] } | null
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string } | null
      readonly logRecords: readonly RecordMessage[]
    }[]
  }[]
}
interface RecordMessage {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly eventName: string
  readonly timeUnixNano: string
  readonly observedTimeUnixNano: string
  readonly body: AnyValue | null
  readonly attributes: readonly KeyValue[]
}

/** What a decoder must make of a request, by protobufjs' reflection and in the obvious way. */
export function referenceLogs(
  body: Uint8Array,
  columns: readonly string[],
): Omit<Decoded<LogBatch>, 'warning'> {
  const keys = [...columns, ...ANNOUNCEMENT_KEYS]
  const type = logsRequestType()
  const request: Message = type.toObject(type.decode(body), {
    longs: String,
    bytes: Buffer,
    defaults: true,
  }) as Message
  const attributesOf = (list: readonly KeyValue[]): LogRecord['attributes'] =>
    new Map(Object.entries(taken(list, keys)))
  const records: LogRecord[] = []
  let skipped = 0
  let rejected = 0
  for (const { resource, scopeLogs } of request.resourceLogs) {
    for (const { scope, logRecords } of scopeLogs) {
      for (const message of logRecords) {
        const attributes = attributesOf(message.attributes)
        const isPartial = attributes.has('partial.event')
        const isEvent = ANNOUNCEMENT_EVENTS.includes(message.eventName)
        if (!isPartial && !isEvent) skipped++
        else if (!hasGoodIds(message, isPartial)) rejected++
        else {
          records.push({
            eventName: isEvent ? message.eventName : '',
            traceId: hex(message.traceId),
            spanId: hex(message.spanId),
            timeUnixNano: BigInt(message.timeUnixNano),
            observedTimeUnixNano: BigInt(message.observedTimeUnixNano),
            attributes,
            resource: attributesOf(resource?.attributes ?? []),
            scopeName: scope?.name ?? '',
            body: isPartial ? message.body?.stringValue : undefined,
          })
        }
      }
    }
  }
  return { batch: { records }, count: records.length, skipped, rejected }
}

function hasGoodIds({ traceId, spanId }: RecordMessage, mayBeAbsent: boolean): boolean {
  const isGood = (id: Uint8Array, length: number): boolean =>
    hex(id) === '' ? mayBeAbsent && (id.length === 0 || id.length === length) : id.length === length
  return isGood(traceId, 16) && isGood(spanId, 8)
}

/** Empty for all zeros. */
function hex(id: Uint8Array): string {
  return id.some((byte) => byte !== 0) ? Buffer.from(id).toString('hex') : ''
}
