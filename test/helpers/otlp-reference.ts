import { Buffer } from 'node:buffer'
import type { AttributeValue } from '../../src/model/span.ts'
import type { ReadSpan } from './batch.ts'
import { traceRequestType } from './otlp.ts'

/** The parts of protobufjs' messages that the reference reads. */
export interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values: readonly AnyValue[] }
}
export interface KeyValue {
  readonly key: string
  readonly value: AnyValue | null
}
interface Message {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] } | null
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string } | null
      readonly spans: readonly SpanMessage[]
    }[]
  }[]
}
interface SpanMessage {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array
  readonly name: string
  readonly kind: number
  readonly flags: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly KeyValue[]
  readonly events: readonly { readonly attributes: readonly KeyValue[] }[]
  readonly status: { readonly code: number } | null
}

/** What a decoder must make of a request, by protobufjs' reflection and in the obvious way. */
export function referenceBatch(
  body: Uint8Array,
  keys: readonly string[],
): { readonly spans: readonly ReadSpan[]; readonly rejected: number } {
  const type = traceRequestType()
  const request: Message = type.toObject(type.decode(body), {
    longs: String,
    bytes: Buffer,
    defaults: true,
  }) as Message
  const spans: ReadSpan[] = []
  let rejected = 0
  for (const { resource, scopeSpans } of request.resourceSpans) {
    for (const { scope, spans: messages } of scopeSpans) {
      for (const message of messages) {
        if (hasValidIds(message)) {
          spans.push({
            ...readSpan(message, keys),
            scopeName: scope?.name ?? '',
            resource: taken(resource?.attributes ?? [], keys),
          })
        } else rejected++
      }
    }
  }
  return { spans, rejected }
}

function hasValidIds({ traceId, spanId, parentSpanId }: SpanMessage): boolean {
  const isId = (id: Uint8Array, length: number): boolean =>
    id.length === length && id.some((byte) => byte !== 0)
  return (
    isId(traceId, 16) && isId(spanId, 8) && (parentSpanId.length === 0 || parentSpanId.length === 8)
  )
}

function readSpan(
  span: SpanMessage,
  keys: readonly string[],
): Omit<ReadSpan, 'scopeName' | 'resource'> {
  const startUnixNano = BigInt(span.startTimeUnixNano)
  const endUnixNano = BigInt(span.endTimeUnixNano)
  const parentSpanId = Buffer.from(span.parentSpanId).toString('hex')
  const code = span.status?.code ?? 0
  const types = span.events
    .flatMap((event) => event.attributes)
    .filter(({ key, value }) => key === 'exception.type' && typeof valueOf(value) === 'string')
  return {
    traceId: Buffer.from(span.traceId).toString('hex'),
    spanId: Buffer.from(span.spanId).toString('hex'),
    parentSpanId: /^0+$/.test(parentSpanId) ? '' : parentSpanId,
    name: cut(span.name),
    kind: span.kind >= 0 && span.kind <= 5 ? span.kind : 0,
    statusCode: code >= 0 && code <= 2 ? code : 0,
    flags: span.flags,
    startUnixNano,
    endUnixNano,
    durationNano: startUnixNano === 0n ? 0 : Number(endUnixNano - startUnixNano),
    exceptionType: valueOf(types.at(-1)?.value ?? null),
    attributes: taken(span.attributes, keys),
  }
}

export function taken(
  attributes: readonly KeyValue[],
  keys: readonly string[],
): Record<string, AttributeValue> {
  const values: Record<string, AttributeValue> = {}
  for (const { key, value } of attributes) {
    if (!keys.includes(key)) continue
    const read = valueOf(value)
    if (read === undefined) delete values[key]
    else values[key] = read
  }
  return values
}

function valueOf(value: AnyValue | null): AttributeValue | undefined {
  if (!value?.arrayValue) return scalarOf(value)
  const items = value.arrayValue.values.map(scalarOf).filter((item) => item !== undefined)
  return items.length === 0 ? undefined : items
}

function scalarOf(value: AnyValue | null): string | number | boolean | undefined {
  if (value?.intValue !== undefined) return Number(value.intValue)
  // Plus 0 makes 0 of -0.
  if (value?.doubleValue !== undefined) return value.doubleValue + 0
  return value?.stringValue === undefined ? value?.boolValue : cut(value.stringValue)
}

/** Texts are cut at 4,096 bytes; those of the tests are shorter. */
function cut(text: string): string {
  if (Buffer.byteLength(text) > 4_096) throw new Error('the reference does not know long texts')
  return text
}
