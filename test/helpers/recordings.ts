import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import protobuf from 'protobufjs'
import type { AttributeColumns, AttributeValue, ParentPlace, Span } from '../../src/model/span.ts'

const REPOSITORY = resolve(import.meta.dirname, '../..')
const FIXTURES = resolve(REPOSITORY, 'test/fixtures/litellm')
/** More of the same kind, where they lie beside the checkout. */
const MORE = resolve(REPOSITORY, '../shared/data/litellm')

/** A span as it was sent, decoded without this project's decoder. */
export interface RecordedSpan {
  /** Lower-case hex digits. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: number
  readonly statusCode: number
  readonly flags: number
  readonly startUnixNano: bigint
  readonly endUnixNano: bigint
  readonly scopeName: string
  /** `exception.type` of the last event that has one. */
  readonly exceptionType: string | undefined
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly resource: Readonly<Record<string, AttributeValue>>
}

/** One OTLP request, in order of arrival. */
interface RecordedExport {
  readonly transport: 'grpc' | 'http'
  readonly encoding: 'protobuf' | 'json'
  /** Decompressed; without the gRPC frame. */
  readonly body: Uint8Array
  /** Since just before the first command. */
  readonly arrivedMs: number
  readonly spans: readonly RecordedSpan[]
}

export interface Recording {
  /** File name without `.json`: `<scenario>.<flavour>`. */
  readonly name: string
  readonly expected: {
    readonly ok: number
    readonly failed: number
    readonly provider_4xx: number
    readonly rejected: number
    readonly slow: number
    readonly orphans: number
  }
  readonly exports: readonly RecordedExport[]
}

/** The fixtures, and all other recordings where they are at hand; sorted by name. */
export function loadRecordings(): Recording[] {
  const files = new Map<string, string>()
  for (const folder of [MORE, FIXTURES].filter((each) => existsSync(each))) {
    for (const file of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
      files.set(file, resolve(folder, file))
    }
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, path]) => load(file, path))
}

interface RecordingFile {
  readonly expected: { readonly from_spans: Recording['expected'] }
  readonly requests: readonly RequestInFile[]
  readonly requests_at_shutdown: readonly RequestInFile[]
}

interface RequestInFile {
  readonly content_type: string
  readonly arrived_ms: number
  readonly body_base64: string
}

function load(file: string, path: string): Recording {
  const content: RecordingFile = JSON.parse(readFileSync(path, 'utf8'))
  return {
    name: file.replace(/\.json$/, ''),
    expected: content.expected.from_spans,
    exports: [...content.requests, ...content.requests_at_shutdown].map((request) => {
      const body = Buffer.from(request.body_base64, 'base64')
      const encoding = request.content_type === 'application/json' ? 'json' : 'protobuf'
      return {
        transport: request.content_type === 'application/grpc' ? 'grpc' : 'http',
        encoding,
        body,
        arrivedMs: request.arrived_ms,
        spans: spansOf(encoding === 'json' ? JSON.parse(body.toString()) : decode(body)),
      }
    }),
  }
}

/** The span as selection sees it. */
export function viewOf(span: RecordedSpan, columns: AttributeColumns): Span {
  return {
    name: span.name,
    kind: span.kind,
    statusCode: span.statusCode,
    parent: parentPlace(span),
    scopeName: span.scopeName,
    exceptionType: span.exceptionType,
    attribute: (column) => span.attributes[columns.keys[column] ?? ''],
    resourceAttribute: (column) => span.resource[columns.keys[column] ?? ''],
  }
}

function parentPlace({ parentSpanId, flags }: RecordedSpan): ParentPlace {
  if (parentSpanId === undefined) {
    return 'none'
  }
  if ((flags & 0x100) === 0) {
    return 'unknown'
  }
  return (flags & 0x200) === 0 ? 'local' : 'remote'
}

/** OTLP as JSON: what its JSON encoding is, and what protobufjs makes of the binary one. */
interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] }
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string }
      readonly spans?: readonly OtlpSpan[]
    }[]
  }[]
}

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind?: number
  readonly flags?: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly OtlpAttribute[]
  readonly status?: { readonly code?: number }
  readonly events?: readonly { readonly attributes?: readonly OtlpAttribute[] }[]
}

interface OtlpAttribute {
  readonly key: string
  readonly value?: OtlpValue
}

interface OtlpValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] }
}

const root = new protobuf.Root()
root.resolvePath = (_origin, target) => resolve(REPOSITORY, 'proto', target)
root.loadSync('opentelemetry/proto/collector/trace/v1/trace_service.proto')
const message = root.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest')

function decode(body: Uint8Array): OtlpRequest {
  return message.toObject(message.decode(body), { bytes: String, longs: String, enums: Number })
}

function spansOf(request: OtlpRequest): RecordedSpan[] {
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => ({
        traceId: hex(span.traceId, 32),
        spanId: hex(span.spanId, 16),
        parentSpanId: span.parentSpanId ? hex(span.parentSpanId, 16) : undefined,
        name: span.name,
        kind: span.kind ?? 0,
        statusCode: span.status?.code ?? 0,
        flags: span.flags ?? 0,
        startUnixNano: BigInt(span.startTimeUnixNano),
        endUnixNano: BigInt(span.endTimeUnixNano),
        scopeName: scope?.name ?? '',
        exceptionType: span.events
          ?.map((event) => attributesOf(event.attributes)['exception.type'])
          .findLast((type) => typeof type === 'string'),
        attributes: attributesOf(span.attributes),
        resource: attributesOf(resource?.attributes),
      })),
    ),
  )
}

/** JSON has ids in hex, protobufjs gives bytes in base64. */
function hex(id: string, digits: number): string {
  return id.length === digits ? id.toLowerCase() : Buffer.from(id, 'base64').toString('hex')
}

function attributesOf(
  attributes: readonly OtlpAttribute[] | undefined,
): Record<string, AttributeValue> {
  const read: Record<string, AttributeValue> = {}
  for (const { key, value } of attributes ?? []) {
    const plain = value?.arrayValue
      ? (value.arrayValue.values ?? []).flatMap((each) => scalarOf(each) ?? [])
      : scalarOf(value)
    if (plain !== undefined) {
      read[key] = plain
    }
  }
  return read
}

function scalarOf(value: OtlpValue | undefined): string | number | boolean | undefined {
  const whole = value?.intValue === undefined ? undefined : Number(value.intValue)
  return value?.stringValue ?? value?.boolValue ?? whole ?? value?.doubleValue
}
