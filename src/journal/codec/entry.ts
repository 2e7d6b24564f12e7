import { crc32 } from 'node:zlib'
import type { JournalEntry } from '../../model/journal.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { CorruptEntryError } from './corrupt-entry.ts'
import { parseJson } from './json.ts'
import { isPlainEntry } from './plain-entry.ts'
import { readRecords, writeRecords } from './record-batch.ts'

/** The first byte of every entry. Another layout gets another version; old ones stay readable. */
const VERSION = 1
/** The second byte. Numbers are never used again for something else. */
const RECORDS = 1
const PLAIN = 2

const CHECKSUM_BYTES = 4

/**
 * One entry as bytes: version, layout, content, CRC-32 of all before (little-endian).
 *
 * `records` are the engine's time (f64, ms), the processor and a batch in columns. All others are
 * JSON: they are few. The result is a copy of its own. Throws a RangeError when a batch points
 * beyond its tables.
 */
export function encodeEntry(entry: JournalEntry): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(VERSION)
  if (entry.kind === 'records') {
    writer.u8(RECORDS)
    writer.f64(entry.timeMs)
    writer.text(entry.processor)
    writeRecords(writer, entry.records)
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
  if (version !== VERSION) {
    throw new CorruptEntryError(`format version ${version}; this build reads version ${VERSION}`)
  }
  const end = bytes.length - CHECKSUM_BYTES
  if (end < 2) throw new CorruptEntryError('cut short')
  const content = bytes.subarray(0, end)
  const sum = new ByteReader(bytes.subarray(end)).u32()
  if (sum !== crc32(content)) throw new CorruptEntryError('its checksum does not match')

  const reader = new ByteReader(content.subarray(1))
  const layout = reader.u8()
  const entry = layout === RECORDS ? readRecordsEntry(reader) : readPlainEntry(reader, layout)
  if (reader.left > 0) throw new CorruptEntryError(`${reader.left} bytes too many`)
  return entry
}

function readRecordsEntry(reader: ByteReader): JournalEntry {
  const timeMs = reader.f64()
  const processor = reader.text()
  return { kind: 'records', processor, timeMs, records: readRecords(reader) }
}

function readPlainEntry(reader: ByteReader, layout: number): JournalEntry {
  if (layout !== PLAIN) throw new CorruptEntryError(`no such layout: ${layout}`)
  const entry = parseJson(reader.text())
  if (!isPlainEntry(entry)) throw new CorruptEntryError('JSON that is not an entry')
  return entry
}
