import { OUTCOMES, type Outcome, type RequestFacts } from '../../src/model/outcome.ts'
import {
  ANNOUNCED_STATES,
  type AnnouncedState,
  type GroupValues,
  type OpenBatch,
} from '../../src/model/record.ts'
import { toNano, words } from './records.ts'

/** One announcement, plainly. Ids are hex and may be short: they are padded with zeros on the left. */
export interface PlainOpen {
  readonly trace: string
  readonly span: string
  readonly parent?: string
  /** Default `open`. */
  readonly state?: AnnouncedState
  /** Default true. */
  readonly outermost?: boolean
  /** ms since the Unix epoch. */
  readonly startMs?: number
  readonly ageMs?: number
  /** Default 10,000; 0 = no lease. */
  readonly heartbeatMs?: number
  readonly progressAgeMs?: number
  readonly firstChunkMs?: number
  readonly outcome?: Outcome
  readonly group?: GroupValues
  readonly facts?: RequestFacts
  readonly service?: string
  readonly instance?: string
  readonly boot?: string
}

/** Columns from plain announcements. */
export function openBatch(rows: readonly PlainOpen[]): OpenBatch {
  const nano = (ms: number | undefined): number => (ms === undefined ? -1 : Number(toNano(ms)))
  return {
    count: rows.length,
    ids: Uint32Array.from(
      rows.flatMap((row) => [
        ...words(row.trace, 4),
        ...words(row.span, 2),
        ...words(row.parent ?? '', 2),
      ]),
    ),
    state: Uint8Array.from(rows, (row) => ANNOUNCED_STATES.indexOf(row.state ?? 'open')),
    outermost: Uint8Array.from(rows, (row) => ((row.outermost ?? true) ? 1 : 0)),
    startUnixNano: BigUint64Array.from(rows, (row) => toNano(row.startMs ?? 0)),
    ageNano: Float64Array.from(rows, (row) => nano(row.ageMs)),
    heartbeatMs: Float64Array.from(rows, (row) => row.heartbeatMs ?? 10_000),
    progressAgeNano: Float64Array.from(rows, (row) => nano(row.progressAgeMs)),
    firstChunkNano: Float64Array.from(rows, (row) => nano(row.firstChunkMs)),
    outcome: Uint8Array.from(rows, (row) => OUTCOMES.indexOf(row.outcome ?? 'ok')),
    group: Uint32Array.from(rows, (_, index) => index),
    fact: Uint32Array.from(rows, (_, index) => index),
    announcer: Uint32Array.from(rows, (_, index) => index),
    groups: rows.map((row) => row.group ?? []),
    facts: rows.map((row) => row.facts ?? {}),
    announcers: rows.map((row) => ({
      service: row.service ?? 'proxy',
      instance: row.instance ?? 'i',
      boot: row.boot ?? 'b',
    })),
  }
}
