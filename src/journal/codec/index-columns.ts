import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'

/** Indexes into a table, in as few bytes as the table allows. */

export function writeIndexes(
  writer: ByteWriter,
  column: Uint32Array,
  rows: readonly number[],
  tableLength: number,
): void {
  const width = widthFor(tableLength)
  for (const row of rows) {
    const index = column[row]!
    if (index >= tableLength) {
      throw new RangeError(`row ${row} has index ${index} of ${tableLength}`)
    }
    writer[width](index)
  }
}

export function readIndexes(
  reader: ByteReader,
  column: Uint32Array,
  rows: readonly number[],
  tableLength: number,
): void {
  const width = widthFor(tableLength)
  for (const row of rows) {
    const index = reader[width]()
    if (index >= tableLength) {
      throw new CorruptEntryError(`row ${row} has index ${index} of ${tableLength}`)
    }
    column[row] = index
  }
}

function widthFor(tableLength: number): 'u8' | 'u16' | 'u32' {
  if (tableLength <= 0x100) return 'u8'
  return tableLength <= 0x1_0000 ? 'u16' : 'u32'
}
