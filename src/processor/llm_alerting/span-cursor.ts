import {
  type AttributeValue,
  type ParentPlace,
  type Span,
  type SpanBatch,
} from '../../model/span.ts'

/** "Is-remote is known" and "parent is remote". Source: SpanFlags in trace.proto. */
const REMOTE_KNOWN = 0x100
const REMOTE = 0x200

/** A row of a batch as a {@link Span}: one object for all rows, so that a span costs none. */
export class SpanCursor implements Span {
  #batch: SpanBatch
  #row = 0
  #width: number

  constructor(batch: SpanBatch) {
    this.#batch = batch
    this.#width = batch.columns.keys.length
  }

  moveTo(row: number): void {
    this.#row = row
  }

  get name(): string {
    return this.#text(this.#batch.name[this.#row]!) ?? ''
  }

  get kind(): number {
    return this.#batch.kind[this.#row]!
  }

  get statusCode(): number {
    return this.#batch.statusCode[this.#row]!
  }

  get parent(): ParentPlace {
    const { ids, flags } = this.#batch
    const row = this.#row
    if (ids[row * 8 + 6] === 0 && ids[row * 8 + 7] === 0) return 'none'
    const bits = flags[row]!
    if ((bits & REMOTE_KNOWN) === 0) return 'unknown'
    return (bits & REMOTE) === 0 ? 'local' : 'remote'
  }

  get scopeName(): string {
    return this.#batch.scopes[this.#batch.scope[this.#row]!]!.name
  }

  get exceptionType(): string | undefined {
    return this.#text(this.#batch.exceptionType[this.#row]!)
  }

  attribute(column: number): AttributeValue | undefined {
    return this.#batch.values.get(this.#batch.attributes[this.#row * this.#width + column]!)
  }

  resourceAttribute(column: number): AttributeValue | undefined {
    const { scopes, scope, resources, values } = this.#batch
    return values.get(resources[scopes[scope[this.#row]!]!.resource]!.attributes[column]!)
  }

  #text(id: number): string | undefined {
    const value = this.#batch.values.get(id)
    return typeof value === 'string' ? value : undefined
  }
}
