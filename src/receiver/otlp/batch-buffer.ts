import type {
  AttributeColumns,
  BatchResource,
  BatchScope,
  SpanBatch,
  ValueTable,
} from '../../model/span.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Envelope } from './envelope.ts'

const FIRST_CAPACITY = 512
/** A larger buffer is given back after the batch that needed it. */
const KEPT_CAPACITY = 32_768
/** Bounds what a request of tiny spans makes of its bytes. */
const MAX_SPANS = 262_144

/** Which 32-bit word of a 64-bit element holds the lower bits on this machine. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

interface OpenScope extends BatchScope {
  name: string
  resource: number
}

/**
 * The columns of a batch while a decoder fills them; reused from batch to batch, so that a span costs
 * no object. Rows at and above `count` hold zeros, except while one is being written.
 */
export class BatchBuffer implements SpanBatch, Envelope {
  count = 0
  rejected = 0
  ids = new Uint32Array(0)
  startUnixNano = new BigUint64Array(0)
  endUnixNano = new BigUint64Array(0)
  durationNano = new Float64Array(0)
  kind = new Uint8Array(0)
  statusCode = new Uint8Array(0)
  flags = new Uint32Array(0)
  name = new Uint32Array(0)
  exceptionType = new Uint32Array(0)
  scope = new Uint32Array(0)
  attributes = new Uint32Array(0)
  readonly columns: AttributeColumns
  readonly values: ValueTable
  readonly scopes: OpenScope[] = []
  readonly resources: BatchResource[] = []

  /** The times as 32-bit words. */
  #startWords = new Uint32Array(0)
  #endWords = new Uint32Array(0)
  #capacity = 0
  /** The row that the scope opened last begins with. */
  #scopeStart = 0
  #width = -1
  readonly #scopePool: OpenScope[] = []
  readonly #resourcePool: BatchResource[] = []

  constructor(columns: AttributeColumns, values: ValueTable) {
    this.columns = columns
    this.values = values
  }

  /** Forgets the batch before. */
  begin(): void {
    this.scopes.length = 0
    this.resources.length = 0
    this.rejected = 0
    if (this.#width !== this.columns.keys.length || this.#capacity > KEPT_CAPACITY) {
      this.#width = this.columns.keys.length
      this.#scopePool.length = 0
      this.#resourcePool.length = 0
      this.count = 0
      this.#resize(FIRST_CAPACITY)
    } else {
      // One more row than there are: a refused request may have left one half written.
      this.#clearRows(0, this.count + 1)
      this.count = 0
    }
  }

  /** Readies the row at `count`. Throws a Refusal `too_large` when there are too many. */
  reserveRow(): void {
    if (this.count < this.#capacity) return
    if (this.count >= MAX_SPANS) {
      throw new Refusal('too_large', `more than ${MAX_SPANS} spans in one request`)
    }
    this.#resize(this.#capacity * 2)
  }

  /** Takes the row at `count` into the batch. */
  commitRow(): void {
    const row = this.count++
    const word = row * 2
    this.scope[row] = this.scopes.length - 1
    const startHigh = this.#startWords[word + HIGH]!
    const startLow = this.#startWords[word + LOW]!
    // A start of 0 is one that was not set: nobody waited since 1970.
    this.durationNano[row] =
      startHigh === 0 && startLow === 0
        ? 0
        : (this.#endWords[word + HIGH]! - startHigh) * 2 ** 32 +
          (this.#endWords[word + LOW]! - startLow)
  }

  /** Leaves the row at `count` out. */
  rejectRow(): void {
    this.rejected++
    this.#clearRows(this.count, this.count + 1)
  }

  setStart(row: number, low: number, high: number): void {
    this.#startWords[row * 2 + LOW] = low
    this.#startWords[row * 2 + HIGH] = high
  }

  setEnd(row: number, low: number, high: number): void {
    this.#endWords[row * 2 + LOW] = low
    this.#endWords[row * 2 + HIGH] = high
  }

  /** A resource to fill, all attributes absent. */
  openResource(): BatchResource {
    const index = this.resources.length
    const resource = (this.#resourcePool[index] ??= { attributes: new Uint32Array(this.#width) })
    resource.attributes.fill(0)
    this.resources.push(resource)
    return resource
  }

  /** Takes back a resource that no scope came of. */
  closeResource(): void {
    const last = this.resources.length - 1
    if ((this.scopes.at(-1)?.resource ?? -1) < last) this.resources.pop()
  }

  /** A scope to fill, of the resource opened last. */
  openScope(): BatchScope & { name: string } {
    const index = this.scopes.length
    const scope = (this.#scopePool[index] ??= { name: '', resource: 0 })
    scope.name = ''
    scope.resource = this.resources.length - 1
    this.scopes.push(scope)
    this.#scopeStart = this.count
    return scope
  }

  /** Takes back a scope that no span came of. */
  closeScope(): void {
    if (this.count === this.#scopeStart) this.scopes.pop()
  }

  #clearRows(from: number, to: number): void {
    this.ids.fill(0, from * 8, to * 8)
    this.#startWords.fill(0, from * 2, to * 2)
    this.#endWords.fill(0, from * 2, to * 2)
    this.kind.fill(0, from, to)
    this.statusCode.fill(0, from, to)
    this.flags.fill(0, from, to)
    this.name.fill(0, from, to)
    this.exceptionType.fill(0, from, to)
    this.attributes.fill(0, from * this.#width, to * this.#width)
  }

  #resize(capacity: number): void {
    const rows = this.count
    this.#capacity = capacity
    this.ids = copied(this.ids, rows * 8, new Uint32Array(capacity * 8))
    this.startUnixNano = copied(this.startUnixNano, rows, new BigUint64Array(capacity))
    this.endUnixNano = copied(this.endUnixNano, rows, new BigUint64Array(capacity))
    this.#startWords = new Uint32Array(this.startUnixNano.buffer)
    this.#endWords = new Uint32Array(this.endUnixNano.buffer)
    this.durationNano = copied(this.durationNano, rows, new Float64Array(capacity))
    this.kind = copied(this.kind, rows, new Uint8Array(capacity))
    this.statusCode = copied(this.statusCode, rows, new Uint8Array(capacity))
    this.flags = copied(this.flags, rows, new Uint32Array(capacity))
    this.name = copied(this.name, rows, new Uint32Array(capacity))
    this.exceptionType = copied(this.exceptionType, rows, new Uint32Array(capacity))
    this.scope = copied(this.scope, rows, new Uint32Array(capacity))
    this.attributes = copied(
      this.attributes,
      rows * this.#width,
      new Uint32Array(capacity * this.#width),
    )
  }
}

interface Column<T> {
  subarray(begin: number, end: number): T
  set(values: T): void
}

function copied<T extends Column<T>>(from: T, length: number, to: T): T {
  if (length > 0) to.set(from.subarray(0, length))
  return to
}
