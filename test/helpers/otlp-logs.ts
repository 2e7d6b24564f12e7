/**
 * OTLP logs requests for tests, described as those of traces are (otlp.ts):
 *
 *     encodeLogs([
 *       {
 *         resource: { 'service.name': 'llm-proxy' },
 *         scopes: [{ logs: [{ traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), eventName: 'span.open' }] }],
 *       },
 *     ])
 */

import type protobuf from 'protobufjs'
import {
  anyValue,
  type AttributeInput,
  type AttributesInput,
  hexToBase64,
  keyValues,
  protoRoot,
} from './otlp.ts'

export interface LogInput {
  /** Hex digits; left out = none. */
  readonly traceId?: string
  readonly spanId?: string
  readonly eventName?: string
  readonly timeUnixNano?: bigint
  readonly observedTimeUnixNano?: bigint
  readonly severityNumber?: number
  readonly severityText?: string
  readonly flags?: number
  readonly body?: AttributeInput
  readonly attributes?: AttributesInput
}

export type LogsInput = readonly {
  readonly resource?: AttributesInput
  readonly scopes: readonly { readonly name?: string; readonly logs: readonly LogInput[] }[]
}[]

/** The message type ExportLogsServiceRequest. */
export function logsRequestType(): protobuf.Type {
  return protoRoot().lookupType('opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest')
}

/** An ExportLogsServiceRequest in protobuf. */
export function encodeLogs(input: LogsInput): Uint8Array {
  const type = logsRequestType()
  return type.encode(type.fromObject(requestObject(input, hexToBase64))).finish()
}

/** The same request as OTLP/JSON. */
export function encodeLogsJson(input: LogsInput): Uint8Array {
  return Buffer.from(JSON.stringify(requestObject(input, (hex) => hex)))
}

function requestObject(input: LogsInput, id: (hex: string) => string): Record<string, unknown> {
  return {
    resourceLogs: input.map(({ resource, scopes }) => ({
      resource: { attributes: keyValues(resource ?? {}) },
      scopeLogs: scopes.map(({ name, logs }) => ({
        scope: { name: name ?? '' },
        logRecords: logs.map((log) => ({
          traceId: id(log.traceId ?? ''),
          spanId: id(log.spanId ?? ''),
          eventName: log.eventName ?? '',
          timeUnixNano: String(log.timeUnixNano ?? 0n),
          observedTimeUnixNano: String(log.observedTimeUnixNano ?? 0n),
          severityNumber: log.severityNumber ?? 0,
          severityText: log.severityText ?? '',
          flags: log.flags ?? 0,
          ...(log.body === undefined ? {} : { body: anyValue(log.body) }),
          attributes: keyValues(log.attributes ?? {}),
        })),
      })),
    })),
  }
}
