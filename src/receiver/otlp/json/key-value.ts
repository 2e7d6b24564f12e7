import { KeyTable } from '../key-table.ts'
import type { JsonParts } from './any-value.ts'
import { JsonAnyValue } from './any-value.ts'

const FIELDS = new KeyTable(['key', 'value'])
const KEY = 0

/** Reads lists of KeyValues. */
export class JsonKeyValues {
  readonly #parts: JsonParts
  readonly #keys: KeyTable
  readonly #firstShare: number
  readonly #value: JsonAnyValue
  /** Value id of the KeyValue read last. */
  id = 0

  /** Values are cached on account of `firstShare` + column. */
  constructor(parts: JsonParts, keys: KeyTable, firstShare: number) {
    this.#parts = parts
    this.#keys = keys
    this.#firstShare = firstShare
    this.#value = new JsonAnyValue(parts)
  }

  /** Reads a list and puts the values of wanted keys into `target`, from `offset` on. */
  readInto(target: Uint32Array, offset: number): void {
    const { scanner } = this.#parts
    if (!scanner.enterArray()) return
    while (scanner.nextItem()) {
      const column = this.read()
      if (column >= 0) target[offset + column] = this.id
    }
  }

  /** The column of the next KeyValue's key, or -1 when nobody wants it; its value's id is in `id`. */
  read(): number {
    const { scanner, fields } = this.#parts
    let column = -1
    this.#value.clear()
    if (!scanner.enterObject()) return -1
    for (;;) {
      const field = fields.next(FIELDS)
      if (field < 0) break
      if (field !== KEY) this.#value.read()
      else if (scanner.takeNull()) column = -1
      else {
        scanner.string()
        column = this.#keys.find(scanner.text, scanner.from, scanner.to)
      }
    }
    if (column >= 0) this.id = this.#value.finish(this.#firstShare + column)
    return column
  }
}
