import {
  ANNOUNCEMENT_EVENTS,
  ANNOUNCEMENT_KEYS,
  type LogAttributes,
  type LogRecord,
} from '../../model/log.ts'
import { Refusal } from '../../model/refusal.ts'
import type { AttributeColumns, AttributeValue, ValueTable } from '../../model/span.ts'
import type { Envelope } from './envelope.ts'
import { KeyTable } from './key-table.ts'

/** Bounds what a request of tiny announcements makes of its bytes: each becomes an object. */
const MAX_ANNOUNCEMENTS = 65_536
/** A whole span as text, with prompts in its attributes perhaps; a longer one is left out. */
export const MAX_BODY_BYTES = 1024 * 1024

/** Finds the number of an event name in {@link ANNOUNCEMENT_EVENTS}. */
export const EVENT_NAMES = new KeyTable(ANNOUNCEMENT_EVENTS)

/** What a decoder reads of a record that it takes. */
export interface ReadRecord extends Pick<
  LogRecord,
  'eventName' | 'timeUnixNano' | 'observedTimeUnixNano' | 'body'
> {
  readonly isPartial: boolean
  /** Hex digits; empty = not there, or all zeros; undefined = invalid. */
  readonly traceId: string | undefined
  readonly spanId: string | undefined
}

type OpenRecord = { -readonly [Key in keyof LogRecord]: LogRecord[Key] }

const NO_ATTRIBUTES: LogAttributes = new Map()

/** The announcements of one request while a decoder finds them. */
export class LogBuffer implements Envelope {
  /** All attributes that are taken; those of the columns have the same numbers there. */
  readonly keys: readonly string[]
  /** To read the attributes of a record into. */
  readonly attributes: Uint32Array
  skipped = 0
  rejected = 0
  readonly #values: ValueTable
  readonly #resource: { readonly attributes: Uint32Array }
  readonly #scope = { name: '' }
  #records: OpenRecord[] = []
  #resourceStart = 0
  #scopeStart = 0

  /** `columns` must be complete. */
  constructor(columns: AttributeColumns, values: ValueTable) {
    this.keys = [...new Set([...columns.keys, ...ANNOUNCEMENT_KEYS])]
    this.attributes = new Uint32Array(this.keys.length)
    this.#resource = { attributes: new Uint32Array(this.keys.length) }
    this.#values = values
  }

  /** Forgets the request before; its records are their consumer's. */
  begin(): void {
    this.#records = []
    this.skipped = 0
    this.rejected = 0
  }

  get records(): readonly LogRecord[] {
    return this.#records
  }

  openResource(): { readonly attributes: Uint32Array } {
    this.#resource.attributes.fill(0)
    this.#resourceStart = this.#records.length
    return this.#resource
  }

  closeResource(): void {
    if (this.#records.length === this.#resourceStart) return
    const resource = this.#read(this.#resource.attributes)
    for (const record of this.#records.slice(this.#resourceStart)) record.resource = resource
  }

  openScope(): { name: string } {
    this.#scope.name = ''
    this.#scopeStart = this.#records.length
    return this.#scope
  }

  closeScope(): void {
    const { name } = this.#scope
    for (const record of this.#records.slice(this.#scopeStart)) record.scopeName = name
  }

  /** Takes a record whose attributes are in {@link attributes}, or rejects it for its ids. */
  add(read: ReadRecord): void {
    const { isPartial, traceId, spanId, ...rest } = read
    const isMissing = traceId === '' || spanId === ''
    if (traceId === undefined || spanId === undefined || (isMissing && !isPartial)) {
      this.rejected++
      return
    }
    if (this.#records.length >= MAX_ANNOUNCEMENTS) {
      throw new Refusal('too_large', `more than ${MAX_ANNOUNCEMENTS} announcements in one request`)
    }
    this.#records.push({
      ...rest,
      traceId,
      spanId,
      attributes: this.#read(this.attributes),
      resource: NO_ATTRIBUTES,
      scopeName: '',
    })
  }

  #read(ids: Uint32Array): LogAttributes {
    const attributes = new Map<string, AttributeValue>()
    for (const [column, key] of this.keys.entries()) {
      const value = this.#values.get(ids[column]!)
      if (value !== undefined) attributes.set(key, value)
    }
    return attributes
  }
}
