import { crc32 } from 'node:zlib'
import type { JournalEntry, RecordsEntry } from '../../model/journal.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readChildren, writeChildren } from './child-batch.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { parseJson } from './json.ts'
import { readOpens, writeOpens } from './open-batch.ts'
import { isPlainEntry } from './plain-entry.ts'
import { readRecords, writeRecords } from './record-batch.ts'

/** The first byte of every entry. Another layout gets another version; old ones stay readable. */
const VERSION = 2
/** Version 1 had records alone in the entries of that kind; all else is as in version 2. */
const RECORDS_ALONE = 1
/** The second byte. Numbers are never used again for something else. */
const RECORDS = 1
const PLAIN = 2

/** What else a `records` entry holds. */
const OPENS = 0x01
const CHILDREN = 0x02
const PARTS = 0x03

const CHECKSUM_BYTES = 4

/**
 * One entry as bytes: version, layout, content, CRC-32 of all before (little-endian).
 *
 * `records` are the engine's time (f64, ms), the processor, a batch in columns, a byte that says
 * whether announcements and children follow, and these. All others are JSON: they are few. The result
 * is a copy of its own. Throws a RangeError when a batch points beyond its tables.
 */
export function encodeEntry(entry: JournalEntry): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(VERSION)
  if (entry.kind === 'records') {
    writer.u8(RECORDS)
    writer.f64(entry.timeMs)
    writer.text(entry.processor)
    writeArrivals(writer, entry)
  } else {
    writer.u8(PLAIN)
    writer.text(JSON.stringify(entry))
  }
  writer.u32(crc32(writer.written()))
  return writer.written().slice()
}

/** The entry in these bytes. Throws a CorruptEntryError when they are not exactly one. */
export function decodeEntry(bytes: Uint8Array): JournalEntry {
  if (bytes.length === 0) throw new CorruptEntryError('empty')
  const version = bytes[0]!
  if (version !== VERSION && version !== RECORDS_ALONE) {
    const read = `${RECORDS_ALONE} and ${VERSION}`
    throw new CorruptEntryError(`format version ${version}; this build reads versions ${read}`)
  }
  const end = bytes.length - CHECKSUM_BYTES
  if (end < 2) throw new CorruptEntryError('cut short')
  const content = bytes.subarray(0, end)
  const sum = new ByteReader(bytes.subarray(end)).u32()
  if (sum !== crc32(content)) throw new CorruptEntryError('its checksum does not match')

  const reader = new ByteReader(content.subarray(1))
  const layout = reader.u8()
  const entry =
    layout === RECORDS
      ? readRecordsEntry(reader, version === RECORDS_ALONE)
      : readPlainEntry(reader, layout)
  if (reader.left > 0) throw new CorruptEntryError(`${reader.left} bytes too many`)
  return entry
}

function writeArrivals(writer: ByteWriter, { records, opens, children }: RecordsEntry): void {
  writeRecords(writer, records)
  writer.u8((opens === undefined ? 0 : OPENS) | (children === undefined ? 0 : CHILDREN))
  if (opens !== undefined) writeOpens(writer, opens)
  if (children !== undefined) writeChildren(writer, children)
}

function readRecordsEntry(reader: ByteReader, alone: boolean): RecordsEntry {
  const timeMs = reader.f64()
  const processor = reader.text()
  const records = readRecords(reader)
  const parts = alone ? 0 : reader.u8()
  if (parts > PARTS) throw new CorruptEntryError(`no such parts: ${parts}`)
  return {
    kind: 'records',
    processor,
    timeMs,
    records,
    ...((parts & OPENS) !== 0 && { opens: readOpens(reader) }),
    ...((parts & CHILDREN) !== 0 && { children: readChildren(reader) }),
  }
}

function readPlainEntry(reader: ByteReader, layout: number): JournalEntry {
  if (layout !== PLAIN) throw new CorruptEntryError(`no such layout: ${layout}`)
  const entry = parseJson(reader.text())
  if (!isPlainEntry(entry)) throw new CorruptEntryError('JSON that is not an entry')
  return entry
}
