import { OUTCOMES } from '../../model/outcome.ts'
import type { RecordBatch } from '../../model/record.ts'
import { RECORD_ROLES } from '../../model/record.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { readTables, writeTables } from './record-tables.ts'

/**
 * A batch of records, column by column and little-endian; rows keep their order.
 *
 * | column           | bytes   | rows that have it                                          |
 * | ---------------- | ------: | ---------------------------------------------------------- |
 * | tables           |         | JSON of groups, facts and producers                        |
 * | count            |       4 |                                                            |
 * | head             |       1 | all: role (bits 0-2), {@link SAME_TRACE}, {@link NO_PARENT}, {@link FIRST_CHUNK} |
 * | trace id         |      16 | those of another trace than the row before                 |
 * | span id          |       8 | all                                                        |
 * | parent span id   |       8 | those with a parent                                        |
 * | producer         | 1, 2, 4 | all                                                        |
 * | end              |       8 | matching ones: not `link`, `end` or `void`                 |
 * | duration         |       8 | matching ones                                              |
 * | first chunk      |       8 | matching ones where it is known                            |
 * | outcomes         |       1 | matching ones: three of 2 bits                             |
 * | evidence         |       1 | matching ones                                              |
 * | group, fact      | 1, 2, 4 | matching ones, each                                        |
 *
 * Indexes take as few bytes as their table allows. Ids are words as in the batch.
 */
const SAME_TRACE = 0x08
const NO_PARENT = 0x10
const FIRST_CHUNK = 0x20
const HEAD_BITS = 0x3f

/** By role: the row has only `role`, `ids` and `producer`. */
const SHORT = RECORD_ROLES.map((role) => role === 'link' || role === 'end' || role === 'void')
/** The least a row can take: head, span id, producer. */
const MIN_ROW_BYTES = 10

export function writeRecords(writer: ByteWriter, batch: RecordBatch): void {
  const { count, ids } = batch
  writeTables(writer, batch)
  writer.u32(count)
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    heads[row] = headOf(batch, row)
    writer.u8(heads[row]!)
  }
  for (let row = 0; row < count; row++) {
    const head = heads[row]!
    if ((head & SAME_TRACE) === 0) writeWords(writer, ids, 8 * row, 4)
    writeWords(writer, ids, 8 * row + 4, (head & NO_PARENT) === 0 ? 4 : 2)
  }
  const rows = [...heads.keys()]
  const matching = rows.filter((row) => SHORT[batch.role[row]!] !== true)
  writeIndexes(writer, batch.producer, rows, batch.producers.length)
  for (const row of matching) writer.u64(batch.endUnixNano[row]!)
  for (const row of matching) writer.f64(batch.durationNano[row]!)
  for (const row of matching) {
    if ((heads[row]! & FIRST_CHUNK) !== 0) writer.f64(batch.firstChunkNano[row]!)
  }
  for (const row of matching) {
    const { outcome, outcomeIfUpstream, outcomeIfSigned } = batch
    writer.u8(outcome[row]! | (outcomeIfUpstream[row]! << 2) | (outcomeIfSigned[row]! << 4))
  }
  for (const row of matching) writer.u8(batch.evidence[row]!)
  writeIndexes(writer, batch.group, matching, batch.groups.length)
  writeIndexes(writer, batch.fact, matching, batch.facts.length)
}

/** The columns have exactly `count` rows; what a row does not use is 0, its first chunk -1. */
export function readRecords(reader: ByteReader): RecordBatch {
  const tables = readTables(reader)
  const count = reader.u32()
  // Before anything is allocated for a count that cannot be true.
  if (count * MIN_ROW_BYTES > reader.left) throw new CorruptEntryError(`no room for ${count} rows`)
  const batch = { ...emptyColumns(count), ...tables, count }
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) heads[row] = readHead(reader, row)
  for (let row = 0; row < count; row++) {
    const head = heads[row]!
    batch.role[row] = head & 0x07
    if ((head & SAME_TRACE) === 0) readWords(reader, batch.ids, 8 * row, 4)
    else batch.ids.copyWithin(8 * row, 8 * (row - 1), 8 * (row - 1) + 4)
    readWords(reader, batch.ids, 8 * row + 4, (head & NO_PARENT) === 0 ? 4 : 2)
  }
  const rows = [...heads.keys()]
  const matching = rows.filter((row) => SHORT[batch.role[row]!] !== true)
  readIndexes(reader, batch.producer, rows, batch.producers.length)
  for (const row of matching) batch.endUnixNano[row] = reader.u64()
  for (const row of matching) batch.durationNano[row] = reader.f64()
  for (const row of matching) {
    if ((heads[row]! & FIRST_CHUNK) !== 0) batch.firstChunkNano[row] = reader.f64()
  }
  for (const row of matching) {
    const outcomes = reader.u8()
    if (outcomes > 0x3f) throw new CorruptEntryError(`no such outcomes: ${outcomes}`)
    batch.outcome[row] = outcomes & 3
    batch.outcomeIfUpstream[row] = (outcomes >> 2) & 3
    batch.outcomeIfSigned[row] = outcomes >> 4
  }
  for (const row of matching) batch.evidence[row] = reader.u8()
  readIndexes(reader, batch.group, matching, batch.groups.length)
  readIndexes(reader, batch.fact, matching, batch.facts.length)
  return batch
}

function headOf(batch: RecordBatch, row: number): number {
  const { role, ids, firstChunkNano } = batch
  const roleIndex = role[row]!
  if (roleIndex >= RECORD_ROLES.length) throw new RangeError(`no such role: ${roleIndex}`)
  const at = 8 * row
  let head = roleIndex
  if (row > 0 && isSameTrace(ids, at - 8, at)) head |= SAME_TRACE
  if (ids[at + 6] === 0 && ids[at + 7] === 0) head |= NO_PARENT
  if (SHORT[roleIndex] === true) return head
  for (const column of [batch.outcome, batch.outcomeIfUpstream, batch.outcomeIfSigned]) {
    if (column[row]! >= OUTCOMES.length) throw new RangeError(`no such outcome: ${column[row]!}`)
  }
  return firstChunkNano[row] === -1 ? head : head | FIRST_CHUNK
}

function isSameTrace(ids: Uint32Array, a: number, b: number): boolean {
  for (let word = 0; word < 4; word++) if (ids[a + word] !== ids[b + word]) return false
  return true
}

function readHead(reader: ByteReader, row: number): number {
  const head = reader.u8()
  const impossible = head > HEAD_BITS || (row === 0 && (head & SAME_TRACE) !== 0)
  if (impossible) throw new CorruptEntryError(`row ${row} begins with ${head}`)
  return head
}

function writeWords(writer: ByteWriter, ids: Uint32Array, from: number, words: number): void {
  for (let at = from; at < from + words; at++) writer.u32(ids[at]!)
}

function readWords(reader: ByteReader, ids: Uint32Array, from: number, words: number): void {
  for (let at = from; at < from + words; at++) ids[at] = reader.u32()
}

function widthFor(tableLength: number): 'u8' | 'u16' | 'u32' {
  if (tableLength <= 0x100) return 'u8'
  return tableLength <= 0x1_0000 ? 'u16' : 'u32'
}

function writeIndexes(
  writer: ByteWriter,
  column: Uint32Array,
  rows: readonly number[],
  tableLength: number,
): void {
  const width = widthFor(tableLength)
  for (const row of rows) {
    const index = column[row]!
    if (index >= tableLength)
      throw new RangeError(`row ${row} has index ${index} of ${tableLength}`)
    writer[width](index)
  }
}

function readIndexes(
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

function emptyColumns(count: number) {
  return {
    role: new Uint8Array(count),
    ids: new Uint32Array(8 * count),
    endUnixNano: new BigUint64Array(count),
    durationNano: new Float64Array(count),
    firstChunkNano: new Float64Array(count).fill(-1),
    outcome: new Uint8Array(count),
    outcomeIfUpstream: new Uint8Array(count),
    outcomeIfSigned: new Uint8Array(count),
    evidence: new Uint8Array(count),
    group: new Uint32Array(count),
    fact: new Uint32Array(count),
    producer: new Uint32Array(count),
  }
}
