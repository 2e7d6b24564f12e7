import type { ChildBatch } from '../../model/record.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { idBits, readCount, readHeads, readIds, writeIds } from './id-columns.ts'
import { readIndexes, writeIndexes } from './index-columns.ts'
import { readTables, writeTables } from './tables.ts'

/**
 * Spans with a local parent, column by column and little-endian; rows keep their order.
 *
 * | column                      | bytes   |                                                        |
 * | --------------------------- | ------: | ------------------------------------------------------ |
 * | tables                      |         | JSON of groups, facts, producers and kinds             |
 * | count                       |       4 |                                                        |
 * | head                        |       1 | same trace, no parent                                  |
 * | ids                         |    8-32 | as in a batch of records                               |
 * | end                         |       8 |                                                        |
 * | duration                    |       8 |                                                        |
 * | kind, group, fact, producer | 1, 2, 4 | each                                                   |
 */
const HEAD_BITS = 0x18

/** The least a row can take: head, span id, end, duration, four indexes. */
const MIN_ROW_BYTES = 29

export function writeChildren(writer: ByteWriter, batch: ChildBatch): void {
  const { count, ids, groups, facts } = batch
  const producers = batch.producers.map(({ service, instance }) => [service, instance])
  const kinds = batch.kinds.map(({ scope, name }) => [scope, name])
  writeTables(writer, { groups, facts, texts: [producers, kinds] })
  writer.u32(count)
  const heads = new Uint8Array(count)
  for (let row = 0; row < count; row++) {
    heads[row] = idBits(ids, row)
    writer.u8(heads[row]!)
  }
  writeIds(writer, ids, heads)
  const rows = [...heads.keys()]
  for (const row of rows) writer.u64(batch.endUnixNano[row]!)
  for (const row of rows) writer.f64(batch.durationNano[row]!)
  writeIndexes(writer, batch.kind, rows, kinds.length)
  writeIndexes(writer, batch.group, rows, groups.length)
  writeIndexes(writer, batch.fact, rows, facts.length)
  writeIndexes(writer, batch.producer, rows, producers.length)
}

/** The columns have exactly `count` rows. */
export function readChildren(reader: ByteReader): ChildBatch {
  const { groups, facts, texts } = readTables(reader, [2, 2])
  const [producers, kinds] = texts
  const count = readCount(reader, MIN_ROW_BYTES)
  const batch = {
    count,
    ids: new Uint32Array(8 * count),
    endUnixNano: new BigUint64Array(count),
    durationNano: new Float64Array(count),
    kind: new Uint32Array(count),
    group: new Uint32Array(count),
    fact: new Uint32Array(count),
    producer: new Uint32Array(count),
    groups,
    facts,
    producers: producers!.map(([service, instance]) => ({
      service: service!,
      instance: instance!,
    })),
    kinds: kinds!.map(([scope, name]) => ({ scope: scope!, name: name! })),
  }
  const heads = readHeads(reader, count, HEAD_BITS)
  readIds(reader, batch.ids, heads)
  const rows = [...heads.keys()]
  for (const row of rows) batch.endUnixNano[row] = reader.u64()
  for (const row of rows) batch.durationNano[row] = reader.f64()
  readIndexes(reader, batch.kind, rows, batch.kinds.length)
  readIndexes(reader, batch.group, rows, groups.length)
  readIndexes(reader, batch.fact, rows, facts.length)
  readIndexes(reader, batch.producer, rows, batch.producers.length)
  return batch
}
