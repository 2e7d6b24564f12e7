import { OUTCOMES, type RequestFacts } from '../model/outcome.ts'
import {
  type GroupValues,
  type Producer,
  RECORD_ROLES,
  type RecordBatch,
  type RecordRole,
} from '../model/record.ts'
import type { Judgement } from '../model/selection.ts'
import type { SpanBatch } from '../model/span.ts'
import { Indexed } from './indexed.ts'

const ROLE_NUMBER = new Map(RECORD_ROLES.map((role, index) => [role, index]))
const OUTCOME_NUMBER = new Map(OUTCOMES.map((outcome, index) => [outcome, index]))
const NO_FACTS: RequestFacts = {}
const NO_GROUP: GroupValues = []

export const NO_RECORDS: RecordBatch = {
  count: 0,
  role: new Uint8Array(0),
  ids: new Uint32Array(0),
  endUnixNano: new BigUint64Array(0),
  durationNano: new Float64Array(0),
  firstChunkNano: new Float64Array(0),
  outcome: new Uint8Array(0),
  outcomeIfUpstream: new Uint8Array(0),
  outcomeIfSigned: new Uint8Array(0),
  evidence: new Uint8Array(0),
  group: new Uint32Array(0),
  fact: new Uint32Array(0),
  producer: new Uint32Array(0),
  groups: [],
  facts: [],
  producers: [],
}

/** What a record takes from its span as it is, row by row. */
export type EndedSpans = Pick<SpanBatch, 'ids' | 'endUnixNano' | 'durationNano'>

/** Collects the records of one batch; the result owns its memory, the batch's is not kept. */
export class RecordBuilder {
  readonly #batch: EndedSpans
  readonly #rows: number[] = []
  readonly #roles: number[] = []
  readonly #judgements: (Judgement | undefined)[] = []
  readonly #producers: number[] = []

  constructor(batch: EndedSpans) {
    this.#batch = batch
  }

  get count(): number {
    return this.#rows.length
  }

  /** `judgement` is absent for `link`, `end` and `void`. */
  add(row: number, role: RecordRole, producer: number, judgement?: Judgement): void {
    this.#rows.push(row)
    this.#roles.push(ROLE_NUMBER.get(role)!)
    this.#judgements.push(judgement)
    this.#producers.push(producer)
  }

  build(producers: readonly Producer[]): RecordBatch {
    const count = this.#rows.length
    const ids = new Uint32Array(count * 8)
    const endUnixNano = new BigUint64Array(count)
    const durationNano = new Float64Array(count)
    const firstChunkNano = new Float64Array(count).fill(-1)
    const outcome = new Uint8Array(count)
    const outcomeIfUpstream = new Uint8Array(count)
    const outcomeIfSigned = new Uint8Array(count)
    const evidence = new Uint8Array(count)
    const group = new Uint32Array(count)
    const fact = new Uint32Array(count)
    const groups = new Indexed<GroupValues>()
    const facts = new Indexed<RequestFacts>()
    // Rows without a judgement have index 0.
    groups.of(NO_GROUP)
    facts.of(NO_FACTS)
    const batch = this.#batch
    for (let at = 0; at < count; at += 1) {
      const row = this.#rows[at]!
      for (let word = 0; word < 8; word += 1) ids[at * 8 + word] = batch.ids[row * 8 + word]!
      const judgement = this.#judgements[at]
      if (judgement === undefined) continue
      endUnixNano[at] = batch.endUnixNano[row]!
      durationNano[at] = Math.max(0, batch.durationNano[row]!)
      firstChunkNano[at] = judgement.firstChunkNano
      outcome[at] = OUTCOME_NUMBER.get(judgement.outcome)!
      outcomeIfUpstream[at] = OUTCOME_NUMBER.get(judgement.outcomeIfUpstream)!
      outcomeIfSigned[at] = OUTCOME_NUMBER.get(judgement.outcomeIfSigned)!
      evidence[at] = judgement.evidence
      group[at] = groups.of(judgement.group)
      fact[at] = facts.of(judgement.facts)
    }
    return {
      count,
      role: Uint8Array.from(this.#roles),
      ids,
      endUnixNano,
      durationNano,
      firstChunkNano,
      outcome,
      outcomeIfUpstream,
      outcomeIfSigned,
      evidence,
      group,
      fact,
      producer: Uint32Array.from(this.#producers),
      groups: groups.list,
      facts: facts.list,
      producers,
    }
  }
}
