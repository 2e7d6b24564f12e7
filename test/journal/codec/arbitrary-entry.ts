import fc from 'fast-check'
import type {
  Arrivals,
  ChangesEntry,
  DeliveryEntry,
  TickEntry,
} from '../../../src/model/journal.ts'
import type { RequestFacts } from '../../../src/model/outcome.ts'
import type { ChildBatch, OpenBatch, RecordBatch, RecordRole } from '../../../src/model/record.ts'
import { RECORD_ROLES } from '../../../src/model/record.ts'
import { firing, resolved } from '../../delivery/rig.ts'

/** One row as a plain object: what the columns of a batch are filled from. */
export interface Row {
  readonly role: RecordRole
  /** Eight words. */
  readonly ids: readonly number[]
  readonly endUnixNano: bigint
  readonly durationNano: number
  readonly firstChunkNano: number
  readonly outcome: number
  readonly outcomeIfUpstream: number
  readonly outcomeIfSigned: number
  readonly evidence: number
  readonly group: number
  readonly fact: number
  readonly producer: number
}

type Tables = Pick<RecordBatch, 'groups' | 'facts' | 'producers'>

const SHORT_ROLES = new Set<RecordRole>(['link', 'end', 'void'])

function isShort(role: RecordRole): boolean {
  return SHORT_ROLES.has(role)
}

/** `spare`: rows the columns have beyond their count, as buffers that are used again do. */
export function batchOf(rows: readonly Row[], tables: Tables, spare = 0): RecordBatch {
  const size = rows.length + spare
  const batch = {
    count: rows.length,
    role: new Uint8Array(size).fill(0xff, rows.length),
    ids: new Uint32Array(8 * size),
    endUnixNano: new BigUint64Array(size),
    durationNano: new Float64Array(size),
    firstChunkNano: new Float64Array(size),
    outcome: new Uint8Array(size),
    outcomeIfUpstream: new Uint8Array(size),
    outcomeIfSigned: new Uint8Array(size),
    evidence: new Uint8Array(size),
    group: new Uint32Array(size),
    fact: new Uint32Array(size),
    producer: new Uint32Array(size),
    ...tables,
  }
  for (const [index, row] of rows.entries()) {
    batch.role[index] = RECORD_ROLES.indexOf(row.role)
    batch.ids.set(row.ids, 8 * index)
    batch.endUnixNano[index] = row.endUnixNano
    batch.durationNano[index] = row.durationNano
    batch.firstChunkNano[index] = row.firstChunkNano
    batch.outcome[index] = row.outcome
    batch.outcomeIfUpstream[index] = row.outcomeIfUpstream
    batch.outcomeIfSigned[index] = row.outcomeIfSigned
    batch.evidence[index] = row.evidence
    batch.group[index] = row.group
    batch.fact[index] = row.fact
    batch.producer[index] = row.producer
  }
  return batch
}

/** The rows of a batch; of short ones, what they use. */
export function rowsOf(batch: RecordBatch): unknown[] {
  return Array.from({ length: batch.count }, (_, index) => {
    const role = RECORD_ROLES[batch.role[index]!]!
    const short = {
      role,
      ids: [...batch.ids.subarray(8 * index, 8 * index + 8)],
      producer: batch.producers[batch.producer[index]!],
    }
    if (isShort(role)) return short
    return {
      ...short,
      endUnixNano: batch.endUnixNano[index],
      durationNano: batch.durationNano[index],
      firstChunkNano: batch.firstChunkNano[index],
      outcome: batch.outcome[index],
      outcomeIfUpstream: batch.outcomeIfUpstream[index],
      outcomeIfSigned: batch.outcomeIfSigned[index],
      evidence: batch.evidence[index],
      group: batch.groups[batch.group[index]!],
      fact: batch.facts[batch.fact[index]!],
    }
  })
}

// Any JavaScript string, lone surrogates and all.
const text = fc.string({ unit: 'binary', maxLength: 20 })
const word = fc.oneof(fc.constant(0), fc.constant(0xffff_ffff), fc.nat(0xffff_ffff))
const words = (length: number) => fc.array(word, { minLength: length, maxLength: length })
const outcome = fc.nat(3)

const facts: fc.Arbitrary<RequestFacts> = fc.record(
  {
    model: text,
    provider: text,
    operation: text,
    route: text,
    team: text,
    keyAlias: text,
    errorType: text,
    httpStatus: fc.nat(999),
  },
  { requiredKeys: [] },
)

const tables: fc.Arbitrary<Tables> = fc.record({
  groups: fc.array(fc.array(fc.option(text, { nil: undefined }), { maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  }),
  facts: fc.array(facts, { minLength: 1, maxLength: 4 }),
  producers: fc.array(fc.record({ service: text, instance: text }), { minLength: 1, maxLength: 4 }),
})

// Few traces, so that neighbours often share theirs; often no parent.
const trace = fc.oneof(fc.constantFrom([1, 2, 3, 4], [1, 2, 3, 5], [0, 2, 3, 4]), words(4))
const parent = fc.oneof(fc.constant([0, 0]), words(2))
const ids = fc.tuple(trace, words(2), parent).map((parts) => parts.flat())
const nano = fc.integer({ min: 0, max: 9_007_199_254_740_991 })
const unixNano = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })

function rowFor({ groups, facts: factTable, producers }: Tables): fc.Arbitrary<Row> {
  return fc.record({
    role: fc.constantFrom(...RECORD_ROLES),
    ids,
    endUnixNano: unixNano,
    durationNano: nano,
    firstChunkNano: fc.oneof(fc.constant(-1), nano),
    outcome,
    outcomeIfUpstream: outcome,
    outcomeIfSigned: outcome,
    evidence: fc.nat(255),
    group: fc.nat(groups.length - 1),
    fact: fc.nat(factTable.length - 1),
    producer: fc.nat(producers.length - 1),
  })
}

export const batches: fc.Arbitrary<RecordBatch> = tables.chain((given) =>
  fc
    .tuple(fc.array(rowFor(given), { maxLength: 12 }), fc.nat(3))
    .map(([rows, spare]) => batchOf(rows, given, spare)),
)

/** As many as there are groups, facts and so on, each once: row and table index are the same. */
function perRow(rows: readonly unknown[]): Uint32Array {
  return Uint32Array.from(rows.keys())
}

const unknownOr = fc.oneof(fc.constant(-1), nano)

const opens: fc.Arbitrary<OpenBatch> = fc
  .array(
    fc.record({
      ids,
      state: fc.nat(2),
      outermost: fc.nat(1),
      startUnixNano: fc.oneof(fc.constant(0n), unixNano),
      ageNano: unknownOr,
      heartbeatMs: fc.oneof(fc.constant(0), fc.double({ min: 0, noNaN: true })),
      progressAgeNano: unknownOr,
      firstChunkNano: unknownOr,
      outcome,
      group: fc.array(fc.option(text, { nil: undefined }), { maxLength: 3 }),
      facts,
      announcer: fc.record({ service: text, instance: text, boot: text }),
    }),
    { maxLength: 8 },
  )
  .map((rows) => ({
    count: rows.length,
    ids: Uint32Array.from(rows.flatMap((row) => row.ids)),
    state: Uint8Array.from(rows, (row) => row.state),
    outermost: Uint8Array.from(rows, (row) => row.outermost),
    startUnixNano: BigUint64Array.from(rows, (row) => row.startUnixNano),
    ageNano: Float64Array.from(rows, (row) => row.ageNano),
    heartbeatMs: Float64Array.from(rows, (row) => row.heartbeatMs),
    progressAgeNano: Float64Array.from(rows, (row) => row.progressAgeNano),
    firstChunkNano: Float64Array.from(rows, (row) => row.firstChunkNano),
    outcome: Uint8Array.from(rows, (row) => row.outcome),
    group: perRow(rows),
    fact: perRow(rows).toReversed(),
    announcer: perRow(rows),
    groups: rows.map((row) => row.group),
    facts: rows.map((row) => row.facts),
    announcers: rows.map((row) => row.announcer),
  }))

const children: fc.Arbitrary<ChildBatch> = fc
  .array(
    fc.record({
      ids,
      endUnixNano: unixNano,
      durationNano: nano,
      kind: fc.record({ scope: text, name: text }),
      group: fc.array(fc.option(text, { nil: undefined }), { maxLength: 3 }),
      facts,
      producer: fc.record({ service: text, instance: text }),
    }),
    { maxLength: 8 },
  )
  .map((rows) => ({
    count: rows.length,
    ids: Uint32Array.from(rows.flatMap((row) => row.ids)),
    endUnixNano: BigUint64Array.from(rows, (row) => row.endUnixNano),
    durationNano: Float64Array.from(rows, (row) => row.durationNano),
    kind: perRow(rows),
    group: perRow(rows).toReversed(),
    fact: perRow(rows),
    producer: perRow(rows),
    kinds: rows.map((row) => row.kind),
    groups: rows.map((row) => row.group),
    facts: rows.map((row) => row.facts),
    producers: rows.map((row) => row.producer),
  }))

export const arrivals: fc.Arbitrary<Arrivals> = fc.record(
  { records: batches, opens, children },
  { requiredKeys: ['records'] },
)

const timeMs = fc.nat(4_102_444_800_000)

export const plainEntries: fc.Arbitrary<TickEntry | ChangesEntry | DeliveryEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('tick' as const),
    processor: text,
    timeMs,
    reason: fc.constantFrom('due', 'started', 'refused', 'paused'),
  }),
  fc.record({
    kind: fc.constant('changes' as const),
    processor: text,
    timeMs,
    cause: fc.nat(),
    changes: fc.array(
      fc
        .tuple(fc.boolean(), text, timeMs)
        .map(([fires, key, atMs]) => (fires ? firing(key, atMs) : resolved(key, atMs))),
      { maxLength: 4 },
    ),
  }),
  fc.record(
    {
      kind: fc.constant('delivery' as const),
      timeMs,
      event: fc.record({ position: fc.nat(), index: fc.nat(20) }),
      exporter: text,
      result: fc.constantFrom('delivered', 'rejected', 'dropped'),
      mayHaveOpened: fc.constant(true as const),
    },
    { requiredKeys: ['kind', 'timeMs', 'event', 'exporter', 'result'] },
  ),
)
