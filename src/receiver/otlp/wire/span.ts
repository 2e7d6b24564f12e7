import type { BatchBuffer } from '../batch-buffer.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { KeyTable } from '../key-table.ts'
import { KeyValueWalk } from './key-value.ts'
import type { WireReader } from './reader.ts'
import { WIRE, tagOf } from './reader.ts'

/** Fields of Span. Source: opentelemetry/proto/trace/v1/trace.proto. */
const TRACE_ID = tagOf(1, WIRE.length)
const SPAN_ID = tagOf(2, WIRE.length)
const TRACE_STATE = tagOf(3, WIRE.length)
const PARENT_SPAN_ID = tagOf(4, WIRE.length)
const NAME = tagOf(5, WIRE.length)
const KIND = tagOf(6, WIRE.varint)
const START = tagOf(7, WIRE.fixed64)
const END = tagOf(8, WIRE.fixed64)
const ATTRIBUTES = tagOf(9, WIRE.length)
const DROPPED_ATTRIBUTES = tagOf(10, WIRE.varint)
const EVENTS = tagOf(11, WIRE.length)
const DROPPED_EVENTS = tagOf(12, WIRE.varint)
const LINKS = tagOf(13, WIRE.length)
const DROPPED_LINKS = tagOf(14, WIRE.varint)
const STATUS = tagOf(15, WIRE.length)
const FLAGS = tagOf(16, WIRE.fixed32)
const KNOWN = 0x1fffe

const LAST_KIND = 5
const LAST_STATUS = 2

const STATUS_MESSAGE = tagOf(2, WIRE.length)
const STATUS_CODE = tagOf(3, WIRE.varint)
const STATUS_KNOWN = 0b1100

const EVENT_TIME = tagOf(1, WIRE.fixed64)
const EVENT_NAME = tagOf(2, WIRE.length)
const EVENT_ATTRIBUTES = tagOf(3, WIRE.length)
const EVENT_DROPPED = tagOf(4, WIRE.varint)
const EVENT_KNOWN = 0b11110

/** Writes spans into the rows of a batch. */
export class SpanWalk {
  readonly #reader: WireReader
  readonly #values: ValueInterner
  readonly #batch: BatchBuffer
  readonly #attribute: KeyValueWalk
  readonly #eventAttribute: KeyValueWalk

  constructor(
    reader: WireReader,
    values: ValueInterner,
    batch: BatchBuffer,
    attribute: KeyValueWalk,
  ) {
    this.#reader = reader
    this.#values = values
    this.#batch = batch
    this.#attribute = attribute
    const keys = new KeyTable(['exception.type'])
    this.#eventAttribute = new KeyValueWalk(reader, values, keys, SHARE.exceptionType)
  }

  /** One more row, or one more rejected. */
  read(start: number, end: number): void {
    const reader = this.#reader
    const batch = this.#batch
    batch.reserveRow()
    const { data, view } = reader
    const { attributes } = batch
    const row = batch.count
    const width = batch.columns.keys.length
    const idsAt = row * 8
    let hasTraceId = false
    let hasSpanId = false
    let hasGoodParent = true
    let at = start
    while (at < end) {
      let tag = data[at]!
      if (tag >= 0x80) {
        tag = reader.tag(at, end)
        at = reader.pos
      } else at++
      switch (tag) {
        case TRACE_ID: {
          const stop = reader.length(at, end)
          at = reader.pos
          hasTraceId = stop - at === 16 && this.#readWords(at, idsAt, 4)
          at = stop
          break
        }
        case SPAN_ID: {
          const stop = reader.length(at, end)
          at = reader.pos
          hasSpanId = stop - at === 8 && this.#readWords(at, idsAt + 4, 2)
          at = stop
          break
        }
        case PARENT_SPAN_ID: {
          const stop = reader.length(at, end)
          at = reader.pos
          hasGoodParent = stop === at || stop - at === 8
          if (stop - at === 8) this.#readWords(at, idsAt + 6, 2)
          else batch.ids.fill(0, idsAt + 6, idsAt + 8)
          at = stop
          break
        }
        case NAME: {
          const stop = reader.length(at, end)
          const from = reader.pos
          batch.name[row] =
            stop === from ? 0 : this.#values.text(reader.bytes, from, stop, SHARE.spanName)
          at = stop
          break
        }
        case KIND:
          batch.kind[row] = knownEnum(reader.varint(at, end), reader.high, LAST_KIND)
          at = reader.pos
          break
        case START:
          at = reader.fixed(at, end, 8)
          batch.setStart(row, view.getUint32(at - 8, true), view.getUint32(at - 4, true))
          break
        case END:
          at = reader.fixed(at, end, 8)
          batch.setEnd(row, view.getUint32(at - 8, true), view.getUint32(at - 4, true))
          break
        case ATTRIBUTES: {
          const stop = reader.length(at, end)
          const column = this.#attribute.read(reader.pos, stop)
          if (column >= 0) attributes[row * width + column] = this.#attribute.id
          at = stop
          break
        }
        case EVENTS: {
          const stop = reader.length(at, end)
          this.#readEvent(reader.pos, stop, row)
          at = stop
          break
        }
        case STATUS: {
          const stop = reader.length(at, end)
          this.#readStatus(reader.pos, stop, row)
          at = stop
          break
        }
        case FLAGS:
          at = reader.fixed(at, end, 4)
          batch.flags[row] = view.getUint32(at - 4, true)
          break
        case TRACE_STATE:
        case DROPPED_ATTRIBUTES:
        case DROPPED_EVENTS:
        case LINKS:
        case DROPPED_LINKS:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, KNOWN)
      }
    }
    if (hasTraceId && hasSpanId && hasGoodParent) batch.commitRow()
    else batch.rejectRow()
  }

  /** Big-endian words of an id; false when all are zero. */
  #readWords(at: number, to: number, count: number): boolean {
    const { view } = this.#reader
    const { ids } = this.#batch
    let any = 0
    for (let index = 0; index < count; index++) {
      const word = view.getUint32(at + index * 4)
      ids[to + index] = word
      any |= word
    }
    return any !== 0
  }

  #readStatus(start: number, end: number, row: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      if (tag === STATUS_CODE) {
        const code = reader.varint(at, end)
        this.#batch.statusCode[row] = knownEnum(code, reader.high, LAST_STATUS)
        at = reader.pos
      } else if (tag === STATUS_MESSAGE) at = reader.length(at, end)
      else at = reader.skipUnknown(tag, at, end, STATUS_KNOWN)
    }
  }

  /** Only `exception.type` is of interest; that of a later event replaces it. */
  #readEvent(start: number, end: number, row: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case EVENT_ATTRIBUTES: {
          const stop = reader.length(at, end)
          if (this.#eventAttribute.read(reader.pos, stop) >= 0) {
            const { id } = this.#eventAttribute
            if (typeof this.#values.get(id) === 'string') this.#batch.exceptionType[row] = id
          }
          at = stop
          break
        }
        case EVENT_TIME:
        case EVENT_NAME:
        case EVENT_DROPPED:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, EVENT_KNOWN)
      }
    }
  }
}

/** Enums are open: a number of a later version of OTLP counts as 0, unspecified. */
function knownEnum(low: number, high: number, last: number): number {
  return high === 0 && low <= last ? low : 0
}
