import { OUTCOMES, type Outcome, type RequestFacts } from '../../src/model/outcome.ts'
import {
  type GroupValues,
  RECORD_ROLES,
  type RecordBatch,
  type RecordRole,
} from '../../src/model/record.ts'

/** One record, plainly. Ids are hex and may be short: they are padded with zeros on the left. */
export interface PlainRecord {
  readonly role: RecordRole
  readonly trace: string
  readonly span: string
  readonly parent?: string
  /** ms since the Unix epoch; fractions down to 1e-6 (a nanosecond) hold for small numbers. */
  readonly endMs?: number
  readonly durationMs?: number
  readonly firstChunkMs?: number
  readonly outcome?: Outcome
  readonly outcomeIfUpstream?: Outcome
  readonly outcomeIfSigned?: Outcome
  /** Bits of EVIDENCE. */
  readonly evidence?: number
  readonly group?: GroupValues
  readonly facts?: RequestFacts
  readonly service?: string
  readonly instance?: string
}

/** Columns from plain records. */
export function recordBatch(rows: readonly PlainRecord[]): RecordBatch {
  const count = rows.length
  const batch = {
    count,
    role: Uint8Array.from(rows, (row) => RECORD_ROLES.indexOf(row.role)),
    ids: Uint32Array.from(
      rows.flatMap((row) => [
        ...words(row.trace, 4),
        ...words(row.span, 2),
        ...words(row.parent ?? '', 2),
      ]),
    ),
    endUnixNano: BigUint64Array.from(rows, (row) => toNano(row.endMs ?? 0)),
    durationNano: Float64Array.from(rows, (row) => Number(toNano(row.durationMs ?? 0))),
    firstChunkNano: Float64Array.from(rows, (row) =>
      row.firstChunkMs === undefined ? -1 : Number(toNano(row.firstChunkMs)),
    ),
    outcome: Uint8Array.from(rows, (row) => OUTCOMES.indexOf(row.outcome ?? 'ok')),
    outcomeIfUpstream: Uint8Array.from(rows, (row) =>
      OUTCOMES.indexOf(row.outcomeIfUpstream ?? row.outcome ?? 'ok'),
    ),
    outcomeIfSigned: Uint8Array.from(rows, (row) =>
      OUTCOMES.indexOf(row.outcomeIfSigned ?? row.outcome ?? 'ok'),
    ),
    evidence: Uint8Array.from(rows, (row) => row.evidence ?? 0),
    group: Uint32Array.from(rows, (_, index) => index),
    fact: Uint32Array.from(rows, (_, index) => index),
    producer: Uint32Array.from(rows, (_, index) => index),
    groups: rows.map((row) => row.group ?? []),
    facts: rows.map((row) => row.facts ?? {}),
    producers: rows.map((row) => ({
      service: row.service ?? 'proxy',
      instance: row.instance ?? '',
    })),
  }
  return batch
}

export function words(hex: string, count: number): number[] {
  const padded = hex.padStart(count * 8, '0')
  return Array.from({ length: count }, (_, at) =>
    Number.parseInt(padded.slice(at * 8, at * 8 + 8), 16),
  )
}

export function toNano(ms: number): bigint {
  const whole = Math.floor(ms)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
}
