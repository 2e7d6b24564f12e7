import protobuf from 'protobufjs/minimal.js'
import type { Signal } from '../../model/component.ts'
import { WORDS_OF } from './signals.ts'
import type { RpcStatus } from './status.ts'

export type Encoding = 'protobuf' | 'json'

/** What an accepted request came to. */
export interface ExportAnswer {
  /** Items that were not taken. */
  readonly rejected: number
  /** Empty = nothing to say. */
  readonly message: string
}

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

/**
 * An ExportTraceServiceResponse, ExportLogsServiceResponse ... Full success is no bytes at all, or
 * `{}`: `partial_success` must be unset then.
 */
export function encodeExportAnswer(
  answer: ExportAnswer,
  signal: Signal,
  encoding: Encoding,
): Buffer {
  const { rejected, message } = answer
  const partial = rejected > 0 || message !== ''
  if (encoding === 'json') {
    if (!partial) return Buffer.from('{}')
    const partialSuccess = {
      // An int64 is a string in protobuf's JSON; zero is left out like any default.
      ...(rejected > 0 ? { [WORDS_OF[signal].rejected]: String(rejected) } : {}),
      ...(message === '' ? {} : { errorMessage: message }),
    }
    return Buffer.from(JSON.stringify({ partialSuccess }))
  }
  const writer = protobuf.Writer.create()
  if (partial) {
    writer.uint32(tag(1, LENGTH)).fork()
    if (rejected > 0) writer.uint32(tag(1, VARINT)).int64(rejected)
    if (message !== '') writer.uint32(tag(2, LENGTH)).string(message)
    writer.ldelim()
  }
  return bytesOf(writer)
}

/** A google.rpc.Status. */
export function encodeStatus(status: RpcStatus, encoding: Encoding): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify(statusObject(status)))
  const writer = protobuf.Writer.create()
  writer.uint32(tag(1, VARINT)).int32(status.code)
  writer.uint32(tag(2, LENGTH)).string(status.message)
  if (status.badRequest) writeAny(writer, BAD_REQUEST, badRequestBytes(status.message))
  if (status.retryAfterMs !== undefined) {
    writeAny(writer, RETRY_INFO, retryInfoBytes(status.retryAfterMs))
  }
  return bytesOf(writer)
}

function statusObject(status: RpcStatus): Record<string, unknown> {
  const details: Record<string, unknown>[] = []
  if (status.badRequest) {
    details.push({ '@type': BAD_REQUEST, fieldViolations: [{ description: status.message }] })
  }
  if (status.retryAfterMs !== undefined) {
    details.push({ '@type': RETRY_INFO, retryDelay: `${status.retryAfterMs / 1000}s` })
  }
  return {
    code: status.code,
    message: status.message,
    ...(details.length > 0 ? { details } : {}),
  }
}

// Protobuf's wire types.
const VARINT = 0
const LENGTH = 2

function tag(field: number, wireType: number): number {
  return field * 8 + wireType
}

function writeAny(writer: protobuf.Writer, typeUrl: string, value: Uint8Array): void {
  writer.uint32(tag(3, LENGTH)).fork()
  writer.uint32(tag(1, LENGTH)).string(typeUrl)
  writer.uint32(tag(2, LENGTH)).bytes(value)
  writer.ldelim()
}

function badRequestBytes(description: string): Uint8Array {
  const writer = protobuf.Writer.create()
  writer.uint32(tag(1, LENGTH)).fork()
  writer.uint32(tag(2, LENGTH)).string(description)
  writer.ldelim()
  return writer.finish()
}

function retryInfoBytes(delayMs: number): Uint8Array {
  const writer = protobuf.Writer.create()
  writer.uint32(tag(1, LENGTH)).fork()
  writer.uint32(tag(1, VARINT)).int64(Math.floor(delayMs / 1000))
  writer.uint32(tag(2, VARINT)).int32(Math.round((delayMs % 1000) * 1e6))
  writer.ldelim()
  return writer.finish()
}

function bytesOf(writer: protobuf.Writer): Buffer {
  const bytes = writer.finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
