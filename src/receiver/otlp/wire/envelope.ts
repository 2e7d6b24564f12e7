import type { Envelope } from '../envelope.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import type { KeyValueWalk } from './key-value.ts'
import type { WireReader } from './reader.ts'
import { WIRE, tagOf } from './reader.ts'

// The messages of all signals have the same fields: ResourceSpans, ResourceLogs ...
const RESOURCE_ITEMS = tagOf(1, WIRE.length)
const REQUEST_KNOWN = 0b10

const RESOURCE = tagOf(1, WIRE.length)
const SCOPE_ITEMS = tagOf(2, WIRE.length)
const RESOURCE_SCHEMA_URL = tagOf(3, WIRE.length)
const RESOURCE_ITEMS_KNOWN = 0b1110

const RESOURCE_ATTRIBUTES = tagOf(1, WIRE.length)
const RESOURCE_DROPPED = tagOf(2, WIRE.varint)
const RESOURCE_ENTITY_REFS = tagOf(3, WIRE.length)
const RESOURCE_KNOWN = 0b1110

const SCOPE = tagOf(1, WIRE.length)
const ITEMS = tagOf(2, WIRE.length)
const SCOPE_SCHEMA_URL = tagOf(3, WIRE.length)
const SCOPE_ITEMS_KNOWN = 0b1110

const SCOPE_NAME = tagOf(1, WIRE.length)
const SCOPE_VERSION = tagOf(2, WIRE.length)
const SCOPE_ATTRIBUTES = tagOf(3, WIRE.length)
const SCOPE_DROPPED = tagOf(4, WIRE.varint)
const SCOPE_KNOWN = 0b11110

export interface EnvelopeWalkParts {
  readonly reader: WireReader
  readonly values: ValueInterner
  /** Reads the attributes of resources. */
  readonly attribute: KeyValueWalk
  readonly envelope: Envelope
  /** Reads a span, a log record. */
  readonly item: { read(start: number, end: number): void }
}

/** Walks an export request of any signal down to its items, which others read. */
export class EnvelopeWalk {
  readonly #reader: WireReader
  readonly #values: ValueInterner
  readonly #attribute: KeyValueWalk
  readonly #envelope: Envelope
  readonly #item: EnvelopeWalkParts['item']

  constructor(parts: EnvelopeWalkParts) {
    this.#reader = parts.reader
    this.#values = parts.values
    this.#attribute = parts.attribute
    this.#envelope = parts.envelope
    this.#item = parts.item
  }

  /** Reads a whole body. */
  read(body: Uint8Array): void {
    this.#reader.open(body)
    try {
      this.#readRequest(0, body.length)
    } finally {
      this.#reader.close()
    }
  }

  #readRequest(start: number, end: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      if (tag === RESOURCE_ITEMS) {
        const stop = reader.length(at, end)
        this.#readResourceItems(reader.pos, stop)
        at = stop
      } else at = reader.skipUnknown(tag, at, end, REQUEST_KNOWN)
    }
  }

  /** The resource may come after its items. */
  #readResourceItems(start: number, end: number): void {
    const reader = this.#reader
    const { attributes } = this.#envelope.openResource()
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case RESOURCE: {
          const stop = reader.length(at, end)
          this.#readResource(reader.pos, stop, attributes)
          at = stop
          break
        }
        case SCOPE_ITEMS: {
          const stop = reader.length(at, end)
          this.#readScopeItems(reader.pos, stop)
          at = stop
          break
        }
        case RESOURCE_SCHEMA_URL:
          at = reader.length(at, end)
          break
        default:
          at = reader.skipUnknown(tag, at, end, RESOURCE_ITEMS_KNOWN)
      }
    }
    this.#envelope.closeResource()
  }

  #readResource(start: number, end: number, attributes: Uint32Array): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case RESOURCE_ATTRIBUTES: {
          const stop = reader.length(at, end)
          const column = this.#attribute.read(reader.pos, stop)
          if (column >= 0) attributes[column] = this.#attribute.id
          at = stop
          break
        }
        case RESOURCE_DROPPED:
        case RESOURCE_ENTITY_REFS:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, RESOURCE_KNOWN)
      }
    }
  }

  #readScopeItems(start: number, end: number): void {
    const reader = this.#reader
    const scope = this.#envelope.openScope()
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case SCOPE: {
          const stop = reader.length(at, end)
          this.#readScope(reader.pos, stop, scope)
          at = stop
          break
        }
        case ITEMS: {
          const stop = reader.length(at, end)
          this.#item.read(reader.pos, stop)
          at = stop
          break
        }
        case SCOPE_SCHEMA_URL:
          at = reader.length(at, end)
          break
        default:
          at = reader.skipUnknown(tag, at, end, SCOPE_ITEMS_KNOWN)
      }
    }
    this.#envelope.closeScope()
  }

  #readScope(start: number, end: number, scope: { name: string }): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case SCOPE_NAME: {
          const stop = reader.length(at, end)
          const id = this.#values.text(reader.bytes, reader.pos, stop, SHARE.scopeName)
          scope.name = String(this.#values.get(id))
          at = stop
          break
        }
        case SCOPE_VERSION:
        case SCOPE_ATTRIBUTES:
        case SCOPE_DROPPED:
          at = reader.skip(tag, at, end, 0)
          break
        default:
          at = reader.skipUnknown(tag, at, end, SCOPE_KNOWN)
      }
    }
  }
}
