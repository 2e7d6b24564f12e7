import type { LogRecord } from '../../../model/log.ts'
import {
  type AttributeColumns,
  type AttributeValue,
  type ParentPlace,
  type Span,
} from '../../../model/span.ts'

/** What an announcement says of the span itself, apart from its attributes. */
export type Said = Pick<Span, 'kind' | 'statusCode' | 'parent'>

/** A span that is announced by another: name, scope and attributes are the other's own. */
export class AnnouncedSpan implements Span {
  readonly #by: Span
  readonly name: string
  readonly kind: number
  readonly statusCode: number
  readonly parent: ParentPlace

  constructor(by: Span, said: Partial<Said & Pick<Span, 'name'>>) {
    this.#by = by
    this.name = said.name ?? by.name
    this.kind = said.kind ?? by.kind
    this.statusCode = said.statusCode ?? by.statusCode
    this.parent = said.parent ?? by.parent
  }

  get scopeName(): string {
    return this.#by.scopeName
  }

  get exceptionType(): string | undefined {
    return this.#by.exceptionType
  }

  attribute(column: number): AttributeValue | undefined {
    return this.#by.attribute(column)
  }

  resourceAttribute(column: number): AttributeValue | undefined {
    return this.#by.resourceAttribute(column)
  }
}

/** A span that is announced by a log record. */
export class LoggedSpan implements Span {
  readonly #record: LogRecord
  readonly #columns: AttributeColumns
  readonly name: string
  readonly kind: number
  readonly statusCode: number
  readonly parent: ParentPlace
  readonly exceptionType = undefined

  constructor(record: LogRecord, columns: AttributeColumns, name: string, said: Said) {
    this.#record = record
    this.#columns = columns
    this.name = name
    this.kind = said.kind
    this.statusCode = said.statusCode
    this.parent = said.parent
  }

  get scopeName(): string {
    return this.#record.scopeName
  }

  attribute(column: number): AttributeValue | undefined {
    return this.#record.attributes.get(this.#columns.keys[column]!)
  }

  resourceAttribute(column: number): AttributeValue | undefined {
    return this.#record.resource.get(this.#columns.keys[column]!)
  }
}
