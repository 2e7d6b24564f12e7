import type { AttributeColumns, BatchResource, BatchScope } from '../../../model/span.ts'
import { BatchBuffer } from '../batch-buffer.ts'
import type { TracesDecoder } from '../decoder.ts'
import { KeyTable } from '../key-table.ts'
import type { ValueInterner } from '../values.ts'
import { SHARE } from '../values.ts'
import { JsonFields } from './fields.ts'
import { JsonKeyValues } from './key-value.ts'
import { JsonNumbers } from './numbers.ts'
import { JsonScanner } from './scanner.ts'
import { JsonSpans } from './span.ts'

const REQUEST_FIELDS = new KeyTable(['resourceSpans'])

const RESOURCE_SPANS_FIELDS = new KeyTable(['resource', 'scopeSpans'])
const RESOURCE = 0

const RESOURCE_FIELDS = new KeyTable(['attributes'])

const SCOPE_SPANS_FIELDS = new KeyTable(['scope', 'spans'])
const SCOPE = 0

const SCOPE_FIELDS = new KeyTable(['name'])

const SNAKE_CASE_WARNING =
  'fields in snake_case were ignored: OTLP/JSON spells them in lowerCamelCase (traceId, not trace_id)'

/**
 * Decodes ExportTraceServiceRequest in OTLP/JSON by scanning its bytes once and taking only what the
 * batch has a column for. Stricter than most: a fault of the grammar anywhere, a known field of a
 * wrong type, a number that does not fit and an enum by name refuse the request.
 */
export function createJsonDecoder(columns: AttributeColumns, values: ValueInterner): TracesDecoder {
  const walk = new JsonRequest(columns, values)
  return { decode: (body) => walk.decode(body) }
}

class JsonRequest {
  readonly #scanner = new JsonScanner()
  readonly #fields = new JsonFields(this.#scanner)
  readonly #values: ValueInterner
  readonly #keys: KeyTable
  readonly #batch: BatchBuffer
  readonly #attributes: JsonKeyValues
  readonly #spans: JsonSpans

  constructor(columns: AttributeColumns, values: ValueInterner) {
    const parts = {
      scanner: this.#scanner,
      fields: this.#fields,
      numbers: new JsonNumbers(this.#scanner),
      values,
    }
    this.#values = values
    this.#keys = new KeyTable(columns.keys)
    this.#batch = new BatchBuffer(columns, values)
    this.#attributes = new JsonKeyValues(parts, this.#keys, SHARE.firstColumn)
    this.#spans = new JsonSpans(parts, this.#batch, this.#attributes)
  }

  decode(body: Uint8Array): ReturnType<TracesDecoder['decode']> {
    this.#keys.refresh()
    this.#values.beginBatch()
    this.#batch.begin()
    this.#scanner.open(body)
    this.#fields.begin()
    try {
      if (this.#scanner.takeNull()) this.#scanner.fail('an object is expected')
      this.#readRequest()
      this.#scanner.end()
    } finally {
      this.#scanner.close()
    }
    return { batch: this.#batch, warning: this.#fields.sawSnakeCase ? SNAKE_CASE_WARNING : '' }
  }

  #readRequest(): void {
    const scanner = this.#scanner
    scanner.enterObject()
    while (this.#fields.next(REQUEST_FIELDS) >= 0) {
      if (!scanner.enterArray()) continue
      while (scanner.nextItem()) this.#readResourceSpans()
    }
  }

  /** The resource may come after its spans. */
  #readResourceSpans(): void {
    const scanner = this.#scanner
    if (!scanner.enterObject()) return
    const resource = this.#batch.openResource()
    for (;;) {
      const field = this.#fields.next(RESOURCE_SPANS_FIELDS)
      if (field < 0) break
      if (field === RESOURCE) this.#readResource(resource)
      else if (scanner.enterArray()) {
        while (scanner.nextItem()) this.#readScopeSpans()
      }
    }
    this.#batch.closeResource()
  }

  #readResource(resource: BatchResource): void {
    if (!this.#scanner.enterObject()) return
    while (this.#fields.next(RESOURCE_FIELDS) >= 0) {
      this.#attributes.readInto(resource.attributes, 0)
    }
  }

  #readScopeSpans(): void {
    const scanner = this.#scanner
    if (!scanner.enterObject()) return
    const firstRow = this.#batch.count
    const scope = this.#batch.openScope()
    for (;;) {
      const field = this.#fields.next(SCOPE_SPANS_FIELDS)
      if (field < 0) break
      if (field === SCOPE) this.#readScope(scope)
      else if (scanner.enterArray()) {
        while (scanner.nextItem()) this.#spans.read()
      }
    }
    this.#batch.closeScope(firstRow)
  }

  #readScope(scope: BatchScope & { name: string }): void {
    const scanner = this.#scanner
    if (!scanner.enterObject()) return
    while (this.#fields.next(SCOPE_FIELDS) >= 0) {
      if (scanner.takeNull()) {
        scope.name = ''
        continue
      }
      scanner.string()
      const { text, from, to } = scanner
      scope.name = String(this.#values.get(this.#values.text(text, from, to, SHARE.scopeName)))
    }
  }
}
