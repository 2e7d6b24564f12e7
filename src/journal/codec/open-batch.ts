import { OUTCOMES } from '../../model/outcome.ts'
import { ANNOUNCED_STATES, type OpenBatch } from '../../model/record.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { idBits, readCount, readHeads, readIds, writeIds } from './id-columns.ts'
import { readIndexes, writeIndexes } from './index-columns.ts'
import { readTables, writeTables } from './tables.ts'

/**
 * A batch of announcements, column by column and little-endian; rows keep their order.
 *
 * | column                 | bytes   | rows that have it                                            |
 * | ---------------------- | ------: | ------------------------------------------------------------ |
 * | tables                 |         | JSON of groups, facts and announcers                         |
 * | count                  |       4 |                                                              |
 * | head                   |       1 | all: state (bits 0-1), {@link OUTERMOST}, same trace, no parent |
 * | ids                    |    8-32 | all, as in a batch of records                                |
 * | known                  |       1 | all: a bit for each of the five below that is known          |
 * | start, age, heartbeat, progress age, first chunk | 8 | those where it is known                  |
 * | outcome                |       1 | all                                                          |
 * | group, fact, announcer | 1, 2, 4 | all, each                                                    |
 */
const STATE_BITS = 0x03
const OUTERMOST = 0x04
const HEAD_BITS = 0x1f

const START = 0x01
const AGE = 0x02
const HEARTBEAT = 0x04
const PROGRESS = 0x08
const FIRST_CHUNK = 0x10
const KNOWN_BITS = 0x1f

/** The least a row can take: head, span id, known, outcome, three indexes. */
const MIN_ROW_BYTES = 14

export function writeOpens(writer: ByteWriter, batch: OpenBatch): void {
  const { count, ids, groups, facts } = batch
  const announcers = batch.announcers.map(({ service, instance, boot }) => [
    service,
    instance,
    boot,
  ])
  writeTables(writer, { groups, facts, texts: [announcers] })
  writer.u32(count)
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    heads[row] = headOf(batch, row)
    writer.u8(heads[row]!)
  }
  writeIds(writer, ids, heads)
  for (let row = 0; row < count; row++) {
    const known = knownOf(batch, row)
    writer.u8(known)
    if ((known & START) !== 0) writer.u64(batch.startUnixNano[row]!)
    if ((known & AGE) !== 0) writer.f64(batch.ageNano[row]!)
    if ((known & HEARTBEAT) !== 0) writer.f64(batch.heartbeatMs[row]!)
    if ((known & PROGRESS) !== 0) writer.f64(batch.progressAgeNano[row]!)
    if ((known & FIRST_CHUNK) !== 0) writer.f64(batch.firstChunkNano[row]!)
    writer.u8(batch.outcome[row]!)
  }
  const rows = [...heads.keys()]
  writeIndexes(writer, batch.group, rows, groups.length)
  writeIndexes(writer, batch.fact, rows, facts.length)
  writeIndexes(writer, batch.announcer, rows, announcers.length)
}

/** The columns have exactly `count` rows. */
export function readOpens(reader: ByteReader): OpenBatch {
  const { groups, facts, texts } = readTables(reader, [3])
  const announcers = texts[0]!.map(([service, instance, boot]) => ({
    service: service!,
    instance: instance!,
    boot: boot!,
  }))
  const count = readCount(reader, MIN_ROW_BYTES)
  const batch = { ...emptyColumns(count), groups, facts, announcers, count }
  const heads = readHeads(reader, count, HEAD_BITS)
  for (const [row, head] of heads.entries()) {
    const state = head & STATE_BITS
    if (state >= ANNOUNCED_STATES.length) throw new CorruptEntryError(`no such state: ${state}`)
    batch.state[row] = state
    batch.outermost[row] = (head & OUTERMOST) === 0 ? 0 : 1
  }
  readIds(reader, batch.ids, heads)
  for (let row = 0; row < count; row++) {
    const known = reader.u8()
    if (known > KNOWN_BITS) throw new CorruptEntryError(`row ${row} knows ${known}`)
    if ((known & START) !== 0) batch.startUnixNano[row] = reader.u64()
    if ((known & AGE) !== 0) batch.ageNano[row] = reader.f64()
    if ((known & HEARTBEAT) !== 0) batch.heartbeatMs[row] = reader.f64()
    if ((known & PROGRESS) !== 0) batch.progressAgeNano[row] = reader.f64()
    if ((known & FIRST_CHUNK) !== 0) batch.firstChunkNano[row] = reader.f64()
    const outcome = reader.u8()
    if (outcome >= OUTCOMES.length) throw new CorruptEntryError(`no such outcome: ${outcome}`)
    batch.outcome[row] = outcome
  }
  const rows = [...heads.keys()]
  readIndexes(reader, batch.group, rows, groups.length)
  readIndexes(reader, batch.fact, rows, facts.length)
  readIndexes(reader, batch.announcer, rows, announcers.length)
  return batch
}

function headOf({ state, outcome, outermost, ids }: OpenBatch, row: number): number {
  if (state[row]! >= ANNOUNCED_STATES.length) throw new RangeError(`no such state: ${state[row]!}`)
  if (outcome[row]! >= OUTCOMES.length) throw new RangeError(`no such outcome: ${outcome[row]!}`)
  return state[row]! | (outermost[row] === 0 ? 0 : OUTERMOST) | idBits(ids, row)
}

function knownOf(batch: OpenBatch, row: number): number {
  return (
    (batch.startUnixNano[row] === 0n ? 0 : START) |
    (batch.ageNano[row] === -1 ? 0 : AGE) |
    (batch.heartbeatMs[row] === 0 ? 0 : HEARTBEAT) |
    (batch.progressAgeNano[row] === -1 ? 0 : PROGRESS) |
    (batch.firstChunkNano[row] === -1 ? 0 : FIRST_CHUNK)
  )
}

function emptyColumns(count: number) {
  return {
    ids: new Uint32Array(8 * count),
    state: new Uint8Array(count),
    outermost: new Uint8Array(count),
    startUnixNano: new BigUint64Array(count),
    ageNano: new Float64Array(count).fill(-1),
    heartbeatMs: new Float64Array(count),
    progressAgeNano: new Float64Array(count).fill(-1),
    firstChunkNano: new Float64Array(count).fill(-1),
    outcome: new Uint8Array(count),
    group: new Uint32Array(count),
    fact: new Uint32Array(count),
    announcer: new Uint32Array(count),
  }
}
