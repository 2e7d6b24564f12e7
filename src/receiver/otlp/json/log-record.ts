import { ANNOUNCEMENT_EVENTS, PARTIAL_EVENT } from '../../../model/log.ts'
import { KeyTable } from '../key-table.ts'
import { EVENT_NAMES, MAX_BODY_BYTES, type LogBuffer } from '../log-buffer.ts'
import { SHARE } from '../values.ts'
import { JsonAnyValue, type JsonParts } from './any-value.ts'
import { readHexId } from './ids.ts'
import { JsonKeyValues } from './key-value.ts'

const FIELDS = new KeyTable([
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'attributes',
  'flags',
  'traceId',
  'spanId',
  'eventName',
])
const TIME = 0
const OBSERVED_TIME = 1
const SEVERITY_NUMBER = 2
const SEVERITY_TEXT = 3
const BODY = 4
const ATTRIBUTES = 5
const FLAGS = 6
const TRACE_ID = 7
const SPAN_ID = 8

const LAST_SEVERITY = 24

/**
 * Finds the log records that announce something. A first pass checks all, and takes nothing but the
 * event name and the mark of a partial span; what it lets through is read again.
 */
export class JsonLogRecords {
  readonly #parts: JsonParts
  readonly #buffer: LogBuffer
  readonly #attributes: JsonKeyValues
  /** Reads `partial.event`. */
  readonly #mark: JsonKeyValues
  readonly #body: JsonAnyValue
  readonly #id = new Uint32Array(4)

  /** `attributes` reads into the columns of the buffer. */
  constructor(parts: JsonParts, buffer: LogBuffer, attributes: JsonKeyValues) {
    this.#parts = parts
    this.#buffer = buffer
    this.#attributes = attributes
    const share = SHARE.firstColumn + buffer.keys.indexOf(PARTIAL_EVENT)
    this.#mark = new JsonKeyValues(parts, new KeyTable([PARTIAL_EVENT]), share)
    this.#body = new JsonAnyValue(parts)
  }

  /** One more record taken, rejected or skipped. */
  read(): void {
    const { scanner, fields, numbers } = this.#parts
    scanner.peek()
    const start = scanner.pos
    let event = -1
    let isPartial = false
    let field = scanner.enterObject() ? fields.next(FIELDS) : -1
    while (field >= 0) {
      switch (field) {
        case TIME:
        case OBSERVED_TIME:
          numbers.uint64()
          break
        case SEVERITY_NUMBER:
          numbers.enum(LAST_SEVERITY)
          break
        case BODY:
          this.#body.read()
          break
        case ATTRIBUTES:
          isPartial = this.#isMarked(isPartial)
          break
        case FLAGS:
          numbers.uint32()
          break
        case SEVERITY_TEXT:
        case TRACE_ID:
        case SPAN_ID:
          if (!scanner.takeNull()) scanner.skipString()
          break
        default:
          event = this.#eventName()
      }
      field = fields.next(FIELDS)
    }
    if (!isPartial && event < 0) {
      this.#buffer.skipped++
      return
    }
    scanner.pos = start
    this.#take(event, isPartial)
  }

  #eventName(): number {
    const { scanner } = this.#parts
    if (scanner.takeNull()) return -1
    scanner.string()
    return EVENT_NAMES.find(scanner.text, scanner.from, scanner.to)
  }

  /** Whether the attributes have the mark; `before`: those that came before had it. */
  #isMarked(before: boolean): boolean {
    const { scanner } = this.#parts
    let isMarked = before
    if (!scanner.enterArray()) return isMarked
    while (scanner.nextItem()) {
      if (this.#mark.read() >= 0) isMarked = this.#mark.id !== 0
    }
    return isMarked
  }

  #take(event: number, isPartial: boolean): void {
    const { scanner, fields, numbers } = this.#parts
    const { attributes } = this.#buffer
    attributes.fill(0)
    this.#body.clear()
    let traceId: string | undefined = ''
    let spanId: string | undefined = ''
    let timeUnixNano = 0n
    let observedTimeUnixNano = 0n
    scanner.enterObject()
    for (;;) {
      const field = fields.next(FIELDS)
      if (field < 0) break
      switch (field) {
        case TIME:
          timeUnixNano = numbers.uint64().bigint
          break
        case OBSERVED_TIME:
          observedTimeUnixNano = numbers.uint64().bigint
          break
        case TRACE_ID:
          traceId = this.#hexId(4)
          break
        case SPAN_ID:
          spanId = this.#hexId(2)
          break
        case ATTRIBUTES:
          this.#attributes.readInto(attributes, 0)
          break
        case BODY:
          this.#body.read()
          break
        default:
          scanner.skipValue()
      }
    }
    this.#buffer.add({
      isPartial,
      eventName: ANNOUNCEMENT_EVENTS[event] ?? '',
      traceId,
      spanId,
      timeUnixNano,
      observedTimeUnixNano,
      body: isPartial ? this.#body.textWithin(MAX_BODY_BYTES) : undefined,
    })
  }

  /** Empty = absent; undefined = invalid. */
  #hexId(words: number): string | undefined {
    const state = readHexId(this.#parts.scanner, this.#id, 0, words)
    if (state === 'invalid') return undefined
    if (state === 'absent') return ''
    const hex = Array.from(this.#id.subarray(0, words), (word) =>
      word.toString(16).padStart(8, '0'),
    )
    return hex.join('')
  }
}
