/**
 * OTLP trace requests for tests, from a description that reads well:
 *
 *     encodeTraces([
 *       {
 *         resource: { 'service.name': 'llm-proxy' },
 *         scopes: [
 *           {
 *             name: 'litellm',
 *             spans: [{ traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), name: 'chat', kind: 3 }],
 *           },
 *         ],
 *       },
 *     ])
 */

import { resolve } from 'node:path'
import protobuf from 'protobufjs'

/**
 * An attribute value. A whole number becomes an int, any other a double; `{ double: 3 }` forces a
 * double. `null` is an AnyValue that holds nothing.
 */
export type AttributeInput =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AttributeInput[]
  | { readonly double: number }
  | { readonly map: AttributesInput }

export type AttributesInput = Readonly<Record<string, AttributeInput>>

export interface EventInput {
  readonly name?: string
  readonly timeUnixNano?: bigint
  readonly attributes?: AttributesInput
}

export interface SpanInput {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  /** 16 hex digits; left out = a root. */
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: number
  readonly startUnixNano?: bigint
  readonly endUnixNano?: bigint
  /** 0x100 "is-remote is known", 0x200 "parent is remote". */
  readonly flags?: number
  readonly statusCode?: number
  readonly statusMessage?: string
  readonly attributes?: AttributesInput
  readonly events?: readonly EventInput[]
}

export interface ScopeInput {
  readonly name?: string
  readonly version?: string
  readonly spans: readonly SpanInput[]
}

export interface ResourceInput {
  /** Attributes of the resource. */
  readonly resource?: AttributesInput
  readonly scopes: readonly ScopeInput[]
}

export type TracesInput = readonly ResourceInput[]

let loaded: protobuf.Root | undefined

/** The vendored .proto files, by reflection; field names in lowerCamelCase. */
export function protoRoot(): protobuf.Root {
  if (loaded === undefined) {
    const folder = resolve(import.meta.dirname, '../../proto')
    const root = new protobuf.Root()
    root.resolvePath = (_origin, target) => resolve(folder, target)
    root.loadSync([
      'opentelemetry/proto/collector/trace/v1/trace_service.proto',
      'opentelemetry/proto/collector/logs/v1/logs_service.proto',
      'google/rpc/status.proto',
      'google/rpc/error_details.proto',
    ])
    loaded = root
  }
  return loaded
}

/** The message type ExportTraceServiceRequest. */
export function traceRequestType(): protobuf.Type {
  return protoRoot().lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest')
}

/** An ExportTraceServiceRequest in protobuf. */
export function encodeTraces(input: TracesInput): Uint8Array {
  const type = traceRequestType()
  return type.encode(type.fromObject(requestObject(input, hexToBase64))).finish()
}

/** The same request as OTLP/JSON text: hex ids, 64-bit integers as strings. */
export function toJson(input: TracesInput): string {
  return JSON.stringify(requestObject(input, (hex) => hex))
}

/** The same request as OTLP/JSON bytes. */
export function encodeTracesJson(input: TracesInput): Uint8Array {
  return new TextEncoder().encode(toJson(input))
}

export function hexToBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

type Json = Record<string, unknown>

function requestObject(input: TracesInput, id: (hex: string) => string): Json {
  return {
    resourceSpans: input.map((resource) => ({
      resource: { attributes: keyValues(resource.resource ?? {}) },
      scopeSpans: resource.scopes.map((scope) => ({
        scope: { name: scope.name ?? '', version: scope.version ?? '' },
        spans: scope.spans.map((span) => spanObject(span, id)),
      })),
    })),
  }
}

function spanObject(span: SpanInput, id: (hex: string) => string): Json {
  return {
    traceId: id(span.traceId),
    spanId: id(span.spanId),
    parentSpanId: id(span.parentSpanId ?? ''),
    flags: span.flags ?? 0,
    name: span.name ?? '',
    kind: span.kind ?? 0,
    startTimeUnixNano: String(span.startUnixNano ?? 0n),
    endTimeUnixNano: String(span.endUnixNano ?? 0n),
    attributes: keyValues(span.attributes ?? {}),
    events: (span.events ?? []).map((event) => ({
      name: event.name ?? '',
      timeUnixNano: String(event.timeUnixNano ?? 0n),
      attributes: keyValues(event.attributes ?? {}),
    })),
    status: { code: span.statusCode ?? 0, message: span.statusMessage ?? '' },
  }
}

export function keyValues(attributes: AttributesInput): Json[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

export function anyValue(value: AttributeInput): Json {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : doubleValue(value)
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') }
  if (isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if ('double' in value) return doubleValue(value.double)
  return { kvlistValue: { values: keyValues(value.map) } }
}

function isArray(value: object): value is readonly AttributeInput[] {
  return Array.isArray(value)
}

/** JSON has no NaN and no infinities: OTLP/JSON writes them as strings. */
function doubleValue(value: number): Json {
  return { doubleValue: Number.isFinite(value) ? value : String(value) }
}
