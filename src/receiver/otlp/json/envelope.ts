import type { Signal } from '../../../model/component.ts'
import type { Envelope } from '../envelope.ts'
import { KeyTable } from '../key-table.ts'
import { SHARE } from '../values.ts'
import type { JsonParts } from './any-value.ts'
import type { JsonKeyValues } from './key-value.ts'

/** Fields of the messages around the items, in the spelling of each signal. */
const FIELDS: Record<Signal, { request: KeyTable; resource: KeyTable; scope: KeyTable }> = {
  traces: {
    request: new KeyTable(['resourceSpans']),
    resource: new KeyTable(['resource', 'scopeSpans']),
    scope: new KeyTable(['scope', 'spans']),
  },
  logs: {
    request: new KeyTable(['resourceLogs']),
    resource: new KeyTable(['resource', 'scopeLogs']),
    scope: new KeyTable(['scope', 'logRecords']),
  },
}
const RESOURCE = 0
const SCOPE = 0

const RESOURCE_FIELDS = new KeyTable(['attributes'])
const SCOPE_FIELDS = new KeyTable(['name'])

const SNAKE_CASE_WARNING =
  'fields in snake_case were ignored: OTLP/JSON spells them in lowerCamelCase (traceId, not trace_id)'

export interface JsonEnvelopeParts extends JsonParts {
  readonly signal: Signal
  /** Reads the attributes of resources. */
  readonly attributes: JsonKeyValues
  readonly envelope: Envelope
  /** Reads a span, a log record. */
  readonly item: { read(): void }
}

/** Scans an export request of any signal down to its items, which others read. */
export class JsonEnvelope {
  readonly #parts: JsonEnvelopeParts

  constructor(parts: JsonEnvelopeParts) {
    this.#parts = parts
  }

  /** Reads a whole body. Returns a warning; empty = none. */
  read(body: Uint8Array): string {
    const { scanner, fields } = this.#parts
    scanner.open(body)
    fields.begin()
    try {
      if (scanner.takeNull()) scanner.fail('an object is expected')
      this.#readRequest()
      scanner.end()
    } finally {
      scanner.close()
    }
    return fields.sawSnakeCase ? SNAKE_CASE_WARNING : ''
  }

  #readRequest(): void {
    const { scanner, fields, signal } = this.#parts
    scanner.enterObject()
    while (fields.next(FIELDS[signal].request) >= 0) {
      if (!scanner.enterArray()) continue
      while (scanner.nextItem()) this.#readResourceItems()
    }
  }

  /** The resource may come after its items. */
  #readResourceItems(): void {
    const { scanner, fields, signal, envelope } = this.#parts
    if (!scanner.enterObject()) return
    const { attributes } = envelope.openResource()
    for (;;) {
      const field = fields.next(FIELDS[signal].resource)
      if (field < 0) break
      if (field === RESOURCE) this.#readResource(attributes)
      else if (scanner.enterArray()) {
        while (scanner.nextItem()) this.#readScopeItems()
      }
    }
    envelope.closeResource()
  }

  #readResource(attributes: Uint32Array): void {
    const { scanner, fields } = this.#parts
    if (!scanner.enterObject()) return
    while (fields.next(RESOURCE_FIELDS) >= 0) this.#parts.attributes.readInto(attributes, 0)
  }

  #readScopeItems(): void {
    const { scanner, fields, signal, envelope, item } = this.#parts
    if (!scanner.enterObject()) return
    const scope = envelope.openScope()
    for (;;) {
      const field = fields.next(FIELDS[signal].scope)
      if (field < 0) break
      if (field === SCOPE) this.#readScope(scope)
      else if (scanner.enterArray()) {
        while (scanner.nextItem()) item.read()
      }
    }
    envelope.closeScope()
  }

  #readScope(scope: { name: string }): void {
    const { scanner, fields, values } = this.#parts
    if (!scanner.enterObject()) return
    while (fields.next(SCOPE_FIELDS) >= 0) {
      if (scanner.takeNull()) {
        scope.name = ''
        continue
      }
      scanner.string()
      const { text, from, to } = scanner
      scope.name = String(values.get(values.text(text, from, to, SHARE.scopeName)))
    }
  }
}
