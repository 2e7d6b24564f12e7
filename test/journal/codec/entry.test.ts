import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CorruptEntryError } from '../../../src/journal/codec/corrupt-entry.ts'
import { decodeEntry, encodeEntry } from '../../../src/journal/codec/entry.ts'
import type { JournalEntry, RecordsEntry } from '../../../src/model/journal.ts'
import { OUTCOMES } from '../../../src/model/outcome.ts'
import { ANNOUNCED_STATES } from '../../../src/model/record.ts'
import type { OpenBatch, RecordBatch } from '../../../src/model/record.ts'
import { arrivals, batches, batchOf, plainEntries, rowsOf } from './arbitrary-entry.ts'
import type { Row } from './arbitrary-entry.ts'

const ROW: Row = {
  role: 'request',
  ids: [1, 2, 3, 4, 5, 6, 0, 0],
  endUnixNano: 1_767_603_600_123_456_789n,
  durationNano: 147_400_000,
  firstChunkNano: -1,
  outcome: 1,
  outcomeIfUpstream: 1,
  outcomeIfSigned: 1,
  evidence: 1,
  group: 0,
  fact: 0,
  producer: 0,
}
const TABLES = {
  groups: [['litellm-proxy']],
  facts: [{ model: 'gpt-4o', httpStatus: 500 }],
  producers: [{ service: 'litellm-proxy', instance: '' }],
}

const OPEN: OpenBatch = {
  count: 1,
  ids: Uint32Array.of(1, 2, 3, 4, 5, 6, 0, 0),
  state: Uint8Array.of(0),
  outermost: Uint8Array.of(1),
  startUnixNano: BigUint64Array.of(0n),
  ageNano: Float64Array.of(7e9),
  heartbeatMs: Float64Array.of(10_000),
  progressAgeNano: Float64Array.of(-1),
  firstChunkNano: Float64Array.of(-1),
  outcome: Uint8Array.of(0),
  group: Uint32Array.of(0),
  fact: Uint32Array.of(0),
  announcer: Uint32Array.of(0),
  groups: TABLES.groups,
  facts: TABLES.facts,
  announcers: [{ service: 'litellm-proxy', instance: 'i', boot: 'b' }],
}

function entryOf(records: RecordBatch): RecordsEntry {
  return { kind: 'records', processor: 'llm_alerting', timeMs: 1_767_603_600_000, records }
}

function recordsIn(bytes: Uint8Array): RecordBatch {
  const entry = decodeEntry(bytes)
  if (entry.kind !== 'records') throw new Error(`it became ${entry.kind}`)
  return entry.records
}

/** The same bytes with another content and the checksum that goes with it. */
function forge(bytes: Uint8Array, change: (content: Uint8Array) => void): Uint8Array {
  const forged = bytes.slice()
  const content = forged.subarray(0, -4)
  change(content)
  new DataView(forged.buffer).setUint32(content.length, crc32(content), true)
  return forged
}

const sample = encodeEntry(entryOf(batchOf([ROW, { ...ROW, role: 'link' }], TABLES)))

describe('encodeEntry and decodeEntry', () => {
  it('give back every batch of records, with columns of exactly its rows', () => {
    fc.assert(
      fc.property(
        batches,
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true }),
        (records, processor, timeMs) => {
          const entry = decodeEntry(
            encodeEntry({ kind: 'records', processor: processor.toWellFormed(), timeMs, records }),
          )
          if (entry.kind !== 'records') throw new Error(`it became ${entry.kind}`)
          expect(entry.processor).toBe(processor.toWellFormed())
          expect(entry.timeMs).toBe(timeMs)
          expect(rowsOf(entry.records)).toEqual(rowsOf(records))
          expect(entry.records.groups).toEqual(records.groups)
          expect(entry.records.facts).toEqual(records.facts)
          expect(entry.records.producers).toEqual(records.producers)
          expect(entry.records.role).toHaveLength(records.count)
          expect(entry.records.ids).toHaveLength(8 * records.count)
          expect(entry.records.firstChunkNano).toHaveLength(records.count)
        },
      ),
    )
  })

  it('give back announcements and children, and leave out those that are not there', () => {
    fc.assert(
      fc.property(arrivals, ({ records, ...others }) => {
        const entry = { kind: 'records' as const, processor: 'p', timeMs: 5, records, ...others }
        const { records: decoded, ...rest } = decodeEntry(encodeEntry(entry)) as RecordsEntry
        expect(rowsOf(decoded)).toEqual(rowsOf(records))
        expect(rest).toEqual({ kind: 'records', processor: 'p', timeMs: 5, ...others })
      }),
    )
  })

  it('give back every other entry', () => {
    fc.assert(
      fc.property(plainEntries, (entry) => {
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
      }),
    )
  })

  it('take tables of more than 256 and of more than 65,536 values', () => {
    for (const length of [256, 257, 65_536, 65_537]) {
      const groups = Array.from({ length }, (_, index) => [`g${index}`])
      const batch = batchOf([{ ...ROW, group: length - 1 }], { ...TABLES, groups })
      expect(rowsOf(recordsIn(encodeEntry(entryOf(batch))))).toEqual(rowsOf(batch))
    }
  })

  it('take an empty batch', () => {
    const none = { groups: [], facts: [], producers: [] }
    expect(recordsIn(encodeEntry(entryOf(batchOf([], none))))).toMatchObject({ count: 0, ...none })
  })

  it('take bytes that lie somewhere in a larger buffer', () => {
    const larger = new Uint8Array(sample.length + 7)
    larger.set(sample, 3)
    const bytes = larger.subarray(3, 3 + sample.length)
    expect(decodeEntry(bytes)).toEqual(decodeEntry(sample))
  })

  it('leave what a row does not use at zero, its first chunk unknown', () => {
    const { firstChunkNano, endUnixNano, outcome } = recordsIn(sample)
    expect([firstChunkNano[1], endUnixNano[1], outcome[1]]).toEqual([-1, 0n, 0])
  })

  it('keep the layout: these are the bytes of version 2', () => {
    const tables =
      '[[["litellm-proxy"]],[["gpt-4o",null,null,null,null,null,null,500]],[["litellm-proxy",""]]]'
    const hex = Buffer.from(sample).toString('hex')
    expect(hex.slice(0, 4)).toBe('0201')
    expect(Buffer.from(sample).includes(tables)).toBe(true)
    const columns = Buffer.from(sample).subarray(sample.indexOf(0x5d, 60), -4)
    const after = columns.subarray(columns.lastIndexOf(']') + 1).toString('hex')
    expect(after).toBe(
      [
        '02000000',
        '101d',
        '01000000020000000300000004000000',
        '0500000006000000',
        '0500000006000000',
        '0000',
        '156d0ff11bca8718',
        '000000804a92a141',
        '15',
        '01',
        '00',
        '00',
        '00',
      ].join(''),
    )
  })

  it('read version 1, which ends with the records', () => {
    const old = sample.slice(0, -1)
    old[0] = 1
    const entry = decodeEntry(forge(old, () => undefined))
    expect(entry).toEqual(decodeEntry(sample))
    expect(entry).toMatchObject({ kind: 'records', records: { count: 2 } })
  })
})

describe('encodeEntry', () => {
  it('throws for a row that points beyond its table, or has no such role or outcome', () => {
    const encode = (row: Partial<Row>) => () =>
      encodeEntry(entryOf(batchOf([{ ...ROW, ...row }], TABLES)))
    expect(encode({ producer: 1 })).toThrow(RangeError)
    expect(encode({ group: 1 })).toThrow(RangeError)
    expect(encode({ fact: 7 })).toThrow(RangeError)
    expect(encode({ outcomeIfSigned: 4 })).toThrow(RangeError)
    const batch = batchOf([ROW], TABLES)
    batch.role[0] = 8
    expect(() => encodeEntry(entryOf(batch))).toThrow('no such role: 8')
  })

  it.each([
    ['state', { state: Uint8Array.of(3) }],
    ['outcome', { outcome: Uint8Array.of(4) }],
    ['index 2 of 1', { announcer: Uint32Array.of(2) }],
  ])('throws for an announcement without such a %s', (message, wrong) => {
    const opens = { ...OPEN, ...wrong }
    expect(() => encodeEntry({ ...entryOf(batchOf([], TABLES)), opens })).toThrow(message)
  })
})

describe('decodeEntry', () => {
  it('throws for every entry that was cut short or has bytes too many', () => {
    for (let length = 0; length < sample.length; length++) {
      expect(() => decodeEntry(sample.subarray(0, length))).toThrow(CorruptEntryError)
    }
    expect(() => decodeEntry(new Uint8Array([...sample, 0]))).toThrow(CorruptEntryError)
  })

  it('throws for every flipped bit', () => {
    for (let bit = 0; bit < 8 * sample.length; bit++) {
      const bytes = sample.slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => decodeEntry(bytes)).toThrow(CorruptEntryError)
    }
  })

  it('never gives rows beyond their tables, nor throws anything else, whatever the content', () => {
    const mutation = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(arrivals, mutation, (arrived, changes) => {
        const written = { ...entryOf(arrived.records), ...arrived }
        const bytes = forge(encodeEntry(written), (content) => {
          for (const [at, value] of changes) content[1 + (at % (content.length - 1))] = value
        })
        let entry: JournalEntry
        try {
          entry = decodeEntry(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptEntryError)
          return
        }
        if (entry.kind !== 'records') return
        for (const row of entry.records.role.keys()) {
          expect(entry.records.role[row]).toBeLessThan(8)
          expect(entry.records.producers[entry.records.producer[row]!]).toBeDefined()
        }
        const { opens, children } = entry
        for (const row of opens?.state.keys() ?? []) {
          expect(ANNOUNCED_STATES[opens!.state[row]!]).toBeDefined()
          expect(OUTCOMES[opens!.outcome[row]!]).toBeDefined()
          expect(opens!.announcers[opens!.announcer[row]!]).toBeDefined()
        }
        for (const row of children?.kind.keys() ?? []) {
          expect(children!.kinds[children!.kind[row]!]).toBeDefined()
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['another version', (content: Uint8Array) => (content[0] = 3), 'format version 3'],
    ['another layout', (content: Uint8Array) => (content[1] = 9), 'no such layout: 9'],
    ['other parts', (content: Uint8Array) => (content[content.length - 1] = 4), 'no such parts: 4'],
  ])('says what is wrong: %s', (_name, change, message) => {
    expect(() => decodeEntry(forge(sample, change))).toThrow(message)
  })

  it.each([
    ['{}'],
    ['[[],[]]'],
    ['[[],[],[{}]]'],
    ['[[[1]],[],[]]'],
    ['[[],[[true]],[]]'],
    ['[[],[[null,null,null,null,null,null,null,"500"]],[]]'],
    ['[[],[],[["service"]]]'],
  ])('refuses tables that are none: %s', (json) => {
    const whole = encodeEntry(entryOf(batchOf([], { groups: [], facts: [], producers: [] })))
    const tables = Buffer.from(json)
    // Version, layout, time and processor stay; the tables are replaced, the count (0) is kept.
    const before = whole.subarray(0, 2 + 8 + 4 + 'llm_alerting'.length)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(tables.length)
    const bytes = Buffer.concat([before, length, tables, Buffer.alloc(4 + 1), Buffer.alloc(4)])
    expect(() => decodeEntry(forge(new Uint8Array(bytes), () => undefined))).toThrow(/table|status/)
  })

  it.each([
    ['[]'],
    ['null'],
    ['{"kind":"changes","timeMs":1,"processor":"p","cause":1,"changes":[null]}'],
    ['{"kind":"tick","timeMs":1,"processor":"p","reason":"bored"}'],
    ['{"kind":"tick","timeMs":1,"reason":"due"}'],
    ['{"kind":"tick","processor":"p","reason":"due"}'],
    ['{"kind":"records","timeMs":1,"processor":"p"}'],
    ['{"kind":"changes","timeMs":1,"processor":"p","cause":-1,"changes":[]}'],
    ['{"kind":"changes","timeMs":1,"processor":"p","cause":1,"changes":[{"kind":"firing"}]}'],
    [
      '{"kind":"delivery","timeMs":1,"exporter":"e","result":"lost","event":{"position":1,"index":0}}',
    ],
    ['{"kind":"delivery","timeMs":1,"exporter":"e","result":"delivered","event":{"position":1}}'],
    ['{"kind":'],
  ])('refuses JSON that is no entry: %s', (json) => {
    const text = Buffer.from(json)
    const bytes = Buffer.alloc(2 + 4 + text.length + 4)
    bytes.set([1, 2])
    bytes.writeUInt32LE(text.length, 2)
    bytes.set(text, 6)
    expect(() => decodeEntry(forge(bytes, () => undefined))).toThrow(CorruptEntryError)
  })
})
