import { OUTCOMES } from '../../model/outcome.ts'
import type { RecordBatch } from '../../model/record.ts'
import { RECORD_ROLES } from '../../model/record.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { idBits, readCount, readHeads, readIds, writeIds } from './id-columns.ts'
import { readIndexes, writeIndexes } from './index-columns.ts'
import { readTables, writeTables } from './tables.ts'

/**
 * A batch of records, column by column and little-endian; rows keep their order.
 *
 * | column           | bytes   | rows that have it                                          |
 * | ---------------- | ------: | ---------------------------------------------------------- |
 * | tables           |         | JSON of groups, facts and producers                        |
 * | count            |       4 |                                                            |
 * | head             |       1 | all: role (bits 0-2), same trace, no parent, {@link FIRST_CHUNK} |
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
const FIRST_CHUNK = 0x20
const HEAD_BITS = 0x3f

/** By role: the row has only `role`, `ids` and `producer`. */
const SHORT = RECORD_ROLES.map((role) => role === 'link' || role === 'end' || role === 'void')
/** The least a row can take: head, span id, producer. */
const MIN_ROW_BYTES = 10

export function writeRecords(writer: ByteWriter, batch: RecordBatch): void {
  const { count, ids, groups, facts } = batch
  const producers = batch.producers.map(({ service, instance }) => [service, instance])
  writeTables(writer, { groups, facts, texts: [producers] })
  writer.u32(count)
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    heads[row] = headOf(batch, row)
    writer.u8(heads[row]!)
  }
  writeIds(writer, ids, heads)
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
  const { groups, facts, texts } = readTables(reader, [2])
  const producers = texts[0]!.map(([service, instance]) => ({
    service: service!,
    instance: instance!,
  }))
  const count = readCount(reader, MIN_ROW_BYTES)
  const batch = { ...emptyColumns(count), groups, facts, producers, count }
  const heads = readHeads(reader, count, HEAD_BITS)
  for (const [row, head] of heads.entries()) batch.role[row] = head & 0x07
  readIds(reader, batch.ids, heads)
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
  const head = roleIndex | idBits(ids, row)
  if (SHORT[roleIndex] === true) return head
  for (const column of [batch.outcome, batch.outcomeIfUpstream, batch.outcomeIfSigned]) {
    if (column[row]! >= OUTCOMES.length) throw new RangeError(`no such outcome: ${column[row]!}`)
  }
  return firstChunkNano[row] === -1 ? head : head | FIRST_CHUNK
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
