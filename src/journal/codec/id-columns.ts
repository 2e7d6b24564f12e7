import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'

/**
 * Ids of a batch: eight words a row, trace, span and parent. Two bits of each row's head say what is
 * left out; the other bits of a head are the batch's own.
 */

/** The row is of the same trace as the row before, which has its trace id. */
const SAME_TRACE = 0x08
/** The parent span id is zeros. */
const NO_PARENT = 0x10

/** The bits of a row's head that {@link writeIds} goes by. */
export function idBits(ids: Uint32Array, row: number): number {
  const at = 8 * row
  const sameTrace = row > 0 && isSameTrace(ids, at - 8, at) ? SAME_TRACE : 0
  return ids[at + 6] === 0 && ids[at + 7] === 0 ? sameTrace | NO_PARENT : sameTrace
}

export function writeIds(writer: ByteWriter, ids: Uint32Array, heads: Uint8Array): void {
  for (const [row, head] of heads.entries()) {
    if ((head & SAME_TRACE) === 0) writeWords(writer, ids, 8 * row, 4)
    writeWords(writer, ids, 8 * row + 4, (head & NO_PARENT) === 0 ? 4 : 2)
  }
}

export function readIds(reader: ByteReader, ids: Uint32Array, heads: Uint8Array): void {
  for (const [row, head] of heads.entries()) {
    if ((head & SAME_TRACE) === 0) readWords(reader, ids, 8 * row, 4)
    else ids.copyWithin(8 * row, 8 * (row - 1), 8 * (row - 1) + 4)
    readWords(reader, ids, 8 * row + 4, (head & NO_PARENT) === 0 ? 4 : 2)
  }
}

/** Heads of which only `allowed` bits may be set. */
export function readHeads(reader: ByteReader, count: number, allowed: number): Uint8Array {
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    const head = reader.u8()
    const impossible = (head & ~allowed) !== 0 || (row === 0 && (head & SAME_TRACE) !== 0)
    if (impossible) throw new CorruptEntryError(`row ${row} begins with ${head}`)
    heads[row] = head
  }
  return heads
}

/** The number of rows that follow, each at least so many bytes long. */
export function readCount(reader: ByteReader, minRowBytes: number): number {
  const count = reader.u32()
  // Before anything is allocated for a count that cannot be true.
  if (count * minRowBytes > reader.left) throw new CorruptEntryError(`no room for ${count} rows`)
  return count
}

function isSameTrace(ids: Uint32Array, a: number, b: number): boolean {
  for (let word = 0; word < 4; word++) if (ids[a + word] !== ids[b + word]) return false
  return true
}

function writeWords(writer: ByteWriter, ids: Uint32Array, from: number, words: number): void {
  for (let at = from; at < from + words; at++) writer.u32(ids[at]!)
}

function readWords(reader: ByteReader, ids: Uint32Array, from: number, words: number): void {
  for (let at = from; at < from + words; at++) ids[at] = reader.u32()
}
