import { parseDurationNano } from '../../../lib/duration.ts'
import { type LogRecord, PARTIAL_EVENT } from '../../../model/log.ts'
import {
  type AttributeColumns,
  type AttributeValue,
  SPAN_KIND,
  type SpanBatch,
  STATUS,
} from '../../../model/span.ts'
import { producerOf, SERVICE_INSTANCE, SERVICE_NAME } from '../../../records/producer.ts'
import { SpanCursor } from '../span-cursor.ts'
import { LoggedSpan } from './announced-span.ts'
import { type Malformed, type Reading, UNSAID } from './announcement.ts'
import { hexWords } from './values.ts'

/** Decodes the body of a trace request; undefined when it is none. */
export type DecodeSpans = (encoding: 'protobuf' | 'json', body: Uint8Array) => SpanBatch | undefined

/**
 * Partial spans: a log record every so often while a span is open, and one when it ended; the body is
 * the whole span, as JSON, or from older versions as protobuf in base64. Its resource may be the only
 * one that names the service: some log through a pipeline that has none.
 *
 * `stop` comes with the span as it ended, so it tells the outcome; the span itself comes by the normal
 * exporter, unless a sampler drops it, and is then known already. A stop without a readable end says
 * only that nobody watches any more.
 *
 * Source: https://github.com/G-Research/opentelemetry-dotnet-contrib,
 * https://pypi.org/project/opentelemetry-processor-partial-span/
 */
export function createPartialSpans(
  columns: AttributeColumns,
  decodeSpans: DecodeSpans,
): (record: LogRecord) => Reading {
  const service = columns.of(SERVICE_NAME)
  const instance = columns.of(SERVICE_INSTANCE)
  return (record) => {
    const { attributes, body } = record
    const event = attributes.get(PARTIAL_EVENT)
    if (event !== 'heartbeat' && event !== 'stop') return malformed('bad_lifecycle')
    const isStop = event === 'stop'
    const heartbeatMs = isStop ? 0 : frequencyMs(attributes.get('partial.frequency'))
    if (heartbeatMs === undefined) return malformed('bad_number')
    const batch = body === undefined ? undefined : decodeBody(body, decodeSpans)
    if (batch === undefined || batch.count === 0) {
      if (isStop) return bareStop(record, columns)
      return malformed(batch === undefined ? 'bad_body' : 'bad_ids')
    }
    const span = new PartialSpan(batch, record, columns)
    const startUnixNano = batch.startUnixNano[0]!
    const durationNano = batch.durationNano[0]!
    const hasEnded = isStop && batch.endUnixNano[0] !== 0n && durationNano >= 0
    const unended = isStop ? 'gone' : 'open'
    return {
      ...UNSAID,
      form: 'partial_span',
      state: hasEnded ? 'ended' : unended,
      ids: Array.from(batch.ids.subarray(0, 8)),
      span,
      announcer: {
        ...producerOf(span.resourceAttribute(service), span.resourceAttribute(instance)),
        boot: '',
      },
      startUnixNano,
      ageNano: hasEnded ? durationNano : ageNano(record, startUnixNano),
      heartbeatMs,
    }
  }
}

/** The span in a body; what its resource does not say, that of the log record may. */
class PartialSpan extends SpanCursor {
  readonly #record: LogRecord
  readonly #columns: AttributeColumns

  constructor(batch: SpanBatch, record: LogRecord, columns: AttributeColumns) {
    super(batch)
    this.#record = record
    this.#columns = columns
  }

  override resourceAttribute(column: number): AttributeValue | undefined {
    return super.resourceAttribute(column) ?? this.#record.resource.get(this.#columns.keys[column]!)
  }
}

function malformed(fault: Malformed['fault']): Malformed {
  return { form: 'partial_span', fault }
}

/** `5000ms`; 0 = absent, undefined = malformed. */
function frequencyMs(value: AttributeValue | undefined): number | undefined {
  if (value === undefined || value === '') return 0
  const nano = typeof value === 'string' ? parseDurationNano(value) : undefined
  return nano === undefined ? undefined : nano / 1e6
}

/** Both times are of one clock, so their difference holds however wrong that is. */
function ageNano({ timeUnixNano }: LogRecord, startUnixNano: bigint): number {
  if (timeUnixNano === 0n || startUnixNano === 0n || timeUnixNano < startUnixNano) return -1
  return Number(timeUnixNano - startUnixNano)
}

/**
 * Enums are written by name, which OTLP does not allow. Within a text quotes have a backslash, so that
 * what is replaced here is a field.
 */
const ENUM = /"(kind|code)"(\s*:\s*)"(?:SPAN_KIND|STATUS_CODE)_([A-Z_]+)"/g
const ENUM_NUMBERS: Readonly<Record<string, number>> = {
  INTERNAL: 1,
  SERVER: 2,
  CLIENT: 3,
  PRODUCER: 4,
  CONSUMER: 5,
  OK: 1,
  ERROR: 2,
}

function decodeBody(body: string, decodeSpans: DecodeSpans): SpanBatch | undefined {
  if (!/^\s*\{/.test(body)) return decodeSpans('protobuf', Buffer.from(body, 'base64'))
  const json = body.replaceAll(
    ENUM,
    (_, key: string, colon: string, name: string) => `"${key}"${colon}${ENUM_NUMBERS[name] ?? 0}`,
  )
  return decodeSpans('json', Buffer.from(json))
}

/** A stop whose body cannot be read: the ids suffice. */
function bareStop(record: LogRecord, columns: AttributeColumns): Reading {
  const traceId = hexWords(record.traceId, 4)
  const spanId = hexWords(record.spanId, 2)
  if (traceId === undefined || spanId === undefined) return malformed('bad_ids')
  const said = { kind: SPAN_KIND.unspecified, statusCode: STATUS.unset, parent: 'unknown' } as const
  const { resource } = record
  return {
    ...UNSAID,
    form: 'partial_span',
    state: 'gone',
    mayBeBare: true,
    ids: [...traceId, ...spanId, 0, 0],
    span: new LoggedSpan(record, columns, '', said),
    announcer: {
      ...producerOf(resource.get(SERVICE_NAME), resource.get(SERVICE_INSTANCE)),
      boot: '',
    },
  }
}
