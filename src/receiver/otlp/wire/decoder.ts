import type { AttributeColumns, BatchResource, BatchScope } from '../../../model/span.ts'
import { BatchBuffer } from '../batch-buffer.ts'
import type { TracesDecoder } from '../decoder.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { KeyTable } from '../key-table.ts'
import { KeyValueWalk } from './key-value.ts'
import { WIRE, WireReader, tagOf } from './reader.ts'
import { SpanWalk } from './span.ts'

const RESOURCE_SPANS = tagOf(1, WIRE.length)
const REQUEST_KNOWN = 0b10

const RESOURCE = tagOf(1, WIRE.length)
const SCOPE_SPANS = tagOf(2, WIRE.length)
const RESOURCE_SCHEMA_URL = tagOf(3, WIRE.length)
const RESOURCE_SPANS_KNOWN = 0b1110

const RESOURCE_ATTRIBUTES = tagOf(1, WIRE.length)
const RESOURCE_DROPPED = tagOf(2, WIRE.varint)
const RESOURCE_ENTITY_REFS = tagOf(3, WIRE.length)
const RESOURCE_KNOWN = 0b1110

const SCOPE = tagOf(1, WIRE.length)
const SPANS = tagOf(2, WIRE.length)
const SCOPE_SCHEMA_URL = tagOf(3, WIRE.length)
const SCOPE_SPANS_KNOWN = 0b1110

const SCOPE_NAME = tagOf(1, WIRE.length)
const SCOPE_VERSION = tagOf(2, WIRE.length)
const SCOPE_ATTRIBUTES = tagOf(3, WIRE.length)
const SCOPE_DROPPED = tagOf(4, WIRE.varint)
const SCOPE_KNOWN = 0b11110

/**
 * Decodes ExportTraceServiceRequest in protobuf by walking its bytes once and taking only what the
 * batch has a column for; everything else is skipped by its length, unread. Attributes named twice:
 * the last one holds.
 */
export function createProtobufDecoder(
  columns: AttributeColumns,
  values: ValueInterner,
): TracesDecoder {
  const walk = new RequestWalk(columns, values)
  return { decode: (body) => walk.decode(body) }
}

class RequestWalk {
  readonly #reader = new WireReader()
  readonly #values: ValueInterner
  readonly #keys: KeyTable
  readonly #batch: BatchBuffer
  readonly #attribute: KeyValueWalk
  readonly #span: SpanWalk

  constructor(columns: AttributeColumns, values: ValueInterner) {
    this.#values = values
    this.#keys = new KeyTable(columns.keys)
    this.#batch = new BatchBuffer(columns, values)
    this.#attribute = new KeyValueWalk(this.#reader, values, this.#keys, SHARE.firstColumn)
    this.#span = new SpanWalk(this.#reader, values, this.#batch, this.#attribute)
  }

  decode(body: Uint8Array): ReturnType<TracesDecoder['decode']> {
    this.#keys.refresh()
    this.#values.beginBatch()
    this.#batch.begin()
    this.#reader.open(body)
    try {
      this.#readRequest(0, body.length)
    } finally {
      this.#reader.close()
    }
    return { batch: this.#batch, warning: '' }
  }

  #readRequest(start: number, end: number): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      if (tag === RESOURCE_SPANS) {
        const stop = reader.length(at, end)
        this.#readResourceSpans(reader.pos, stop)
        at = stop
      } else at = reader.skipUnknown(tag, at, end, REQUEST_KNOWN)
    }
  }

  /** The resource may come after its spans. */
  #readResourceSpans(start: number, end: number): void {
    const reader = this.#reader
    const resource = this.#batch.openResource()
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case RESOURCE: {
          const stop = reader.length(at, end)
          this.#readResource(reader.pos, stop, resource)
          at = stop
          break
        }
        case SCOPE_SPANS: {
          const stop = reader.length(at, end)
          this.#readScopeSpans(reader.pos, stop)
          at = stop
          break
        }
        case RESOURCE_SCHEMA_URL:
          at = reader.length(at, end)
          break
        default:
          at = reader.skipUnknown(tag, at, end, RESOURCE_SPANS_KNOWN)
      }
    }
    this.#batch.closeResource()
  }

  #readResource(start: number, end: number, resource: BatchResource): void {
    const reader = this.#reader
    let at = start
    while (at < end) {
      const tag = reader.tag(at, end)
      at = reader.pos
      switch (tag) {
        case RESOURCE_ATTRIBUTES: {
          const stop = reader.length(at, end)
          const column = this.#attribute.read(reader.pos, stop)
          if (column >= 0) resource.attributes[column] = this.#attribute.id
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

  #readScopeSpans(start: number, end: number): void {
    const reader = this.#reader
    const firstRow = this.#batch.count
    const scope = this.#batch.openScope()
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
        case SPANS: {
          const stop = reader.length(at, end)
          this.#span.read(reader.pos, stop)
          at = stop
          break
        }
        case SCOPE_SCHEMA_URL:
          at = reader.length(at, end)
          break
        default:
          at = reader.skipUnknown(tag, at, end, SCOPE_SPANS_KNOWN)
      }
    }
    this.#batch.closeScope(firstRow)
  }

  #readScope(start: number, end: number, scope: BatchScope & { name: string }): void {
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
