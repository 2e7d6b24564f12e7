import type { BatchBuffer } from '../batch-buffer.ts'
import { KeyTable } from '../key-table.ts'
import { SHARE } from '../values.ts'
import type { JsonParts } from './any-value.ts'
import type { IdState } from './ids.ts'
import { readHexId } from './ids.ts'
import { JsonKeyValues } from './key-value.ts'

const FIELDS = new KeyTable([
  'traceId',
  'spanId',
  'parentSpanId',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'events',
  'status',
  'flags',
])
const TRACE_ID = 0
const SPAN_ID = 1
const PARENT_SPAN_ID = 2
const NAME = 3
const KIND = 4
const START = 5
const END = 6
const ATTRIBUTES = 7
const EVENTS = 8
const STATUS = 9

const STATUS_FIELDS = new KeyTable(['code', 'message'])
const STATUS_CODE = 0

const EVENT_FIELDS = new KeyTable(['attributes', 'timeUnixNano'])
const EVENT_ATTRIBUTES = 0

const LAST_KIND = 5
const LAST_STATUS = 2

/** Writes spans into the rows of a batch. */
export class JsonSpans {
  readonly #parts: JsonParts
  readonly #batch: BatchBuffer
  readonly #attributes: JsonKeyValues
  readonly #eventAttributes: JsonKeyValues

  constructor(parts: JsonParts, batch: BatchBuffer, attributes: JsonKeyValues) {
    this.#parts = parts
    this.#batch = batch
    this.#attributes = attributes
    const keys = new KeyTable(['exception.type'])
    this.#eventAttributes = new JsonKeyValues(parts, keys, SHARE.exceptionType)
  }

  /** One more row, or one more rejected. */
  read(): void {
    const { scanner, fields, numbers } = this.#parts
    const batch = this.#batch
    batch.reserveRow()
    const { ids } = batch
    const row = batch.count
    const idsAt = row * 8
    let traceId: IdState = 'absent'
    let spanId: IdState = 'absent'
    let parentId: IdState = 'absent'
    let field = scanner.enterObject() ? fields.next(FIELDS) : -1
    while (field >= 0) {
      switch (field) {
        case TRACE_ID:
          traceId = readHexId(scanner, ids, idsAt, 4)
          break
        case SPAN_ID:
          spanId = readHexId(scanner, ids, idsAt + 4, 2)
          break
        case PARENT_SPAN_ID:
          parentId = readHexId(scanner, ids, idsAt + 6, 2)
          break
        case NAME:
          batch.name[row] = this.#name()
          break
        case KIND:
          batch.kind[row] = numbers.enum(LAST_KIND)
          break
        case START: {
          const { low, high } = numbers.uint64()
          batch.setStart(row, low, high)
          break
        }
        case END: {
          const { low, high } = numbers.uint64()
          batch.setEnd(row, low, high)
          break
        }
        case ATTRIBUTES:
          this.#attributes.readInto(batch.attributes, row * batch.columns.keys.length)
          break
        case EVENTS:
          this.#readEvents(row)
          break
        case STATUS:
          this.#readStatus(row)
          break
        default:
          batch.flags[row] = numbers.uint32()
      }
      field = fields.next(FIELDS)
    }
    const isValid = traceId === 'valid' && spanId === 'valid' && parentId !== 'invalid'
    if (isValid) batch.commitRow()
    else batch.rejectRow()
  }

  #name(): number {
    const { scanner, values } = this.#parts
    if (scanner.takeNull()) return 0
    scanner.string()
    if (scanner.from === scanner.to) return 0
    return values.text(scanner.text, scanner.from, scanner.to, SHARE.spanName)
  }

  #readStatus(row: number): void {
    const { scanner, fields, numbers } = this.#parts
    if (!scanner.enterObject()) return
    for (;;) {
      const field = fields.next(STATUS_FIELDS)
      if (field < 0) return
      if (field === STATUS_CODE) this.#batch.statusCode[row] = numbers.enum(LAST_STATUS)
      else if (!scanner.takeNull()) scanner.skipString()
    }
  }

  #readEvents(row: number): void {
    const { scanner } = this.#parts
    if (!scanner.enterArray()) return
    while (scanner.nextItem()) this.#readEvent(row)
  }

  /** Only `exception.type` is of interest; that of a later event replaces it. */
  #readEvent(row: number): void {
    const { scanner, fields, numbers, values } = this.#parts
    if (!scanner.enterObject()) return
    for (;;) {
      const field = fields.next(EVENT_FIELDS)
      if (field < 0) return
      if (field !== EVENT_ATTRIBUTES) numbers.uint64()
      else if (scanner.enterArray()) {
        while (scanner.nextItem()) {
          if (this.#eventAttributes.read() < 0) continue
          const { id } = this.#eventAttributes
          if (typeof values.get(id) === 'string') this.#batch.exceptionType[row] = id
        }
      }
    }
  }
}
