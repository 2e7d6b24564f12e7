import { createCounters, createRulesCounters } from '../../src/engine/counters.ts'
import { Requests, type RequestsSetup } from '../../src/engine/requests/requests.ts'
import type { RequestsSnapshot } from '../../src/engine/requests/snapshot.ts'
import type { EngineCounters, EngineNotice } from '../../src/model/engine.ts'
import type { DecidedRequest, KnownRequest, OpenRequest } from '../../src/model/record.ts'
import type { RequestsOptions } from '../../src/model/rule.ts'
import { childBatch, type PlainChild } from './children.ts'
import { openBatch, type PlainOpen } from './opens.ts'
import { type PlainRecord, recordBatch } from './records.ts'

export const REQUESTS_OPTIONS: RequestsOptions = {
  decisionWaitMs: 10_000,
  maxLatenessMs: 300_000,
  rememberMs: 900_000,
  rememberOkMs: 60_000,
  maxCandidates: 100_000,
  maxDecided: 1_000_000,
  slowNano: 60e9,
  maxOpenAgeMs: 3_600_000,
  maxOpen: 1_000_000,
  maxOpenPerService: 250_000,
  inferOpen: false,
}

export interface RequestsRun {
  /** The stage as it is now; another one after {@link restart}. */
  readonly stage: Requests
  readonly counters: EngineCounters
  /** What stands now, by span id; ids without leading zeros. */
  readonly standing: Map<string, DecidedRequest>
  /** Open requests that are old enough to be told of, likewise. */
  readonly open: Map<string, OpenRequest>
  /** Each observation as `nothing>failed`, `failed>nothing`, ... in order. */
  readonly story: string[]
  readonly notices: EngineNotice[]
  /** Applies rows at a time, everything due before it first. */
  at(timeMs: number, ...rows: readonly PlainRecord[]): RequestsRun
  /** Applies announcements at a time, everything due before it first. */
  announce(timeMs: number, ...rows: readonly PlainOpen[]): RequestsRun
  /** Applies children at a time, everything due before it first. */
  children(timeMs: number, ...rows: readonly PlainChild[]): RequestsRun
  /** Goes on with a new stage made from the old one's snapshot, through JSON. */
  restart(): void
}

/** The requests stage alone, its epoch at 0 ms, with what it says kept. */
export function runRequests(options: Partial<RequestsOptions> = {}): RequestsRun {
  const standing = new Map<string, DecidedRequest>()
  const open = new Map<string, OpenRequest>()
  const story: string[] = []
  const notices: EngineNotice[] = []
  const counters = createCounters(createRulesCounters())
  const setup: RequestsSetup = {
    options: { ...REQUESTS_OPTIONS, ...options },
    epochMs: 0,
    hashSeed: 1,
    counters,
    notice: (notice) => notices.push(notice),
    observe(before, after) {
      story.push(`${word(before)}>${word(after)}`)
      const key = shortId((after ?? before)?.spanId ?? '')
      if (word(standing.get(key) ?? open.get(key)) !== word(before) && before !== undefined) {
        throw new Error(`${key}: revises what does not stand`)
      }
      standing.delete(key)
      open.delete(key)
      if (after?.state === 'ended') standing.set(key, after)
      if (after?.state === 'open') open.set(key, after)
    },
  }
  let stage = new Requests(setup)
  const run: RequestsRun = {
    get stage() {
      return stage
    },
    counters,
    standing,
    open,
    story,
    notices,
    at(timeMs, ...rows) {
      for (let due = stage.nextDueMs(); due !== undefined && due <= timeMs;) {
        stage.decideDue(due)
        due = stage.nextDueMs()
      }
      if (rows.length > 0) stage.apply({ records: recordBatch(rows) }, timeMs)
      return run
    },
    announce(timeMs, ...rows) {
      run.at(timeMs)
      stage.apply({ records: recordBatch([]), opens: openBatch(rows) }, timeMs)
      return run
    },
    children(timeMs, ...rows) {
      run.at(timeMs)
      stage.apply({ records: recordBatch([]), children: childBatch(rows) }, timeMs)
      return run
    },
    restart() {
      const stored = JSON.stringify(stage.snapshot())
      stage = new Requests({ ...setup, hashSeed: 2 }, JSON.parse(stored) as RequestsSnapshot)
    },
  }
  return run
}

/** An observed request in a word: its outcome, or how it is known to be open. */
function word(request: KnownRequest | undefined): string {
  if (request === undefined) return 'nothing'
  if (request.state === 'ended') return request.outcome
  return request.evidence === 'announced' ? 'open' : request.evidence
}

export function shortId(id: string): string {
  return id.replace(/^0+/, '')
}
