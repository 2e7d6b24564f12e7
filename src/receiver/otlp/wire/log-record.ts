import { ANNOUNCEMENT_EVENTS, PARTIAL_EVENT } from '../../../model/log.ts'
import { KeyTable } from '../key-table.ts'
import { EVENT_NAMES, MAX_BODY_BYTES, type LogBuffer } from '../log-buffer.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { AnyValueWalk } from './any-value.ts'
import { KeyValueWalk } from './key-value.ts'
import type { WireReader } from './reader.ts'
import { WIRE, tagOf } from './reader.ts'

/** Fields of LogRecord. Source: opentelemetry/proto/logs/v1/logs.proto. */
const TIME = tagOf(1, WIRE.fixed64)
const SEVERITY_NUMBER = tagOf(2, WIRE.varint)
const SEVERITY_TEXT = tagOf(3, WIRE.length)
const BODY = tagOf(5, WIRE.length)
const ATTRIBUTES = tagOf(6, WIRE.length)
const DROPPED_ATTRIBUTES = tagOf(7, WIRE.varint)
const FLAGS = tagOf(8, WIRE.fixed32)
const TRACE_ID = tagOf(9, WIRE.length)
const SPAN_ID = tagOf(10, WIRE.length)
const OBSERVED_TIME = tagOf(11, WIRE.fixed64)
const EVENT_NAME = tagOf(12, WIRE.length)
const KNOWN = 0b1_1111_1110_1110

/**
 * Finds the log records that announce something. A first pass looks at event name and attribute keys
 * only, which is all that most records ever cost; what it lets through is read by a second.
 */
export class LogRecordWalk {
  readonly #reader: WireReader
  readonly #buffer: LogBuffer
  readonly #attribute: KeyValueWalk
  /** Reads `partial.event`. */
  readonly #mark: KeyValueWalk
  readonly #body: AnyValueWalk

  /** `attribute` reads into the columns of the buffer. */
  constructor(
    reader: WireReader,
    values: ValueInterner,
    buffer: LogBuffer,
    attribute: KeyValueWalk,
  ) {
    this.#reader = reader
    this.#buffer = buffer
    this.#attribute = attribute
    const share = SHARE.firstColumn + buffer.keys.indexOf(PARTIAL_EVENT)
    this.#mark = new KeyValueWalk(reader, values, new KeyTable([PARTIAL_EVENT]), share)
    this.#body = new AnyValueWalk(reader, values)
  }

  /** One more record taken, rejected or skipped. */
  read(start: number, end: number): void {
    const reader = this.#reader
    let event = -1
    let isPartial = false
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case ATTRIBUTES: {
          const stop = reader.length(at, end)
          if (this.#mark.read(reader.pos, stop) >= 0) isPartial = this.#mark.id !== 0
          at = stop
          break
        }
        case EVENT_NAME: {
          const stop = reader.length(at, end)
          event = EVENT_NAMES.find(reader.bytes, reader.pos, stop)
          at = stop
          break
        }
        case TIME:
        case SEVERITY_NUMBER:
        case SEVERITY_TEXT:
        case BODY:
        case DROPPED_ATTRIBUTES:
        case FLAGS:
        case TRACE_ID:
        case SPAN_ID:
        case OBSERVED_TIME:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, KNOWN)
      }
    }
    if (isPartial || event >= 0) this.#take(start, end, event, isPartial)
    else this.#buffer.skipped++
  }

  /** Wire types were checked by the first pass. */
  #take(start: number, end: number, event: number, isPartial: boolean): void {
    const reader = this.#reader
    const { attributes } = this.#buffer
    attributes.fill(0)
    this.#body.begin()
    let traceId: string | undefined = ''
    let spanId: string | undefined = ''
    let timeUnixNano = 0n
    let observedTimeUnixNano = 0n
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case TIME:
          timeUnixNano = reader.view.getBigUint64(at, true)
          at += 8
          break
        case OBSERVED_TIME:
          observedTimeUnixNano = reader.view.getBigUint64(at, true)
          at += 8
          break
        case TRACE_ID:
          at = reader.length(at, end)
          traceId = this.#id(reader.pos, at, 16)
          break
        case SPAN_ID:
          at = reader.length(at, end)
          spanId = this.#id(reader.pos, at, 8)
          break
        case ATTRIBUTES: {
          const stop = reader.length(at, end)
          const column = this.#attribute.read(reader.pos, stop)
          if (column >= 0) attributes[column] = this.#attribute.id
          at = stop
          break
        }
        case BODY: {
          const stop = reader.length(at, end)
          if (isPartial) this.#body.take(reader.pos, stop)
          at = stop
          break
        }
        default:
          at = reader.skip(tag, at, end, 0)
      }
    }
    this.#buffer.add({
      isPartial,
      eventName: ANNOUNCEMENT_EVENTS[event] ?? '',
      traceId,
      spanId,
      timeUnixNano,
      observedTimeUnixNano,
      body: this.#body.textWithin(MAX_BODY_BYTES),
    })
  }

  /** Empty = absent; undefined = invalid. */
  #id(from: number, to: number, size: number): string | undefined {
    if (from === to) return ''
    if (to - from !== size) return undefined
    const hex = this.#reader.data.toString('hex', from, to)
    return /^0+$/.test(hex) ? '' : hex
  }
}
