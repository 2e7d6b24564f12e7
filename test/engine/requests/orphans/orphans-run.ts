import { createCounters, createRulesCounters } from '../../../../src/engine/counters.ts'
import { Orphans, type OrphansSetup } from '../../../../src/engine/requests/orphans/orphans.ts'
import type { OrphansSnapshot } from '../../../../src/engine/requests/orphans/snapshot.ts'
import type { OpenCounters } from '../../../../src/model/engine.ts'
import type { OpenRequest } from '../../../../src/model/record.ts'
import type { RequestsOptions } from '../../../../src/model/rule.ts'
import { childBatch, type PlainChild } from '../../../helpers/children.ts'
import { words } from '../../../helpers/records.ts'
import { REQUESTS_OPTIONS } from '../../../helpers/requests-run.ts'

/** A span that came. Times as in {@link PlainChild}. */
export interface PlainEnd {
  readonly trace: string
  readonly span: string
  readonly isRequest?: boolean
  readonly durationMs?: number
  readonly firstChunkMs?: number
}

export interface OrphansRun {
  /** The stage as it is now; another one after {@link restart}. */
  readonly stage: Orphans
  readonly counters: OpenCounters
  /** What rules know of, by trace and span id without leading zeros. */
  readonly standing: Map<string, OpenRequest>
  /** Each observation as `1000 +a.1` or `2000 -a.1`. */
  readonly story: string[]
  readonly announced: Set<string>
  /** Lets time pass. */
  until(timeMs: number): OrphansRun
  /** Lets time pass, then children come in one batch. */
  children(timeMs: number, ...rows: readonly PlainChild[]): OrphansRun
  /** Lets time pass, then spans come; what was inferred of them is judged. */
  ended(timeMs: number, ...spans: readonly PlainEnd[]): OrphansRun
  /** Goes on with a new stage made from the old one's snapshot, through JSON. */
  restart(): OrphansRun
}

/** Waits 60 s for what hangs, unless said otherwise. `from`: what another run's stage knew. */
export function runOrphans(
  options: Partial<RequestsOptions> = {},
  from?: OrphansSnapshot,
): OrphansRun {
  const standing = new Map<string, OpenRequest>()
  const announced = new Set<string>()
  const story: string[] = []
  const { open: counters } = createCounters(createRulesCounters())
  const setup: OrphansSetup = {
    options: { ...REQUESTS_OPTIONS, inferOpen: true, ...options },
    epochMs: 0,
    hashSeed: 1,
    counters,
    isAnnounced: (...ids) => announced.has(keyOf(Uint32Array.from(ids))),
    observe(before, after, nowMs) {
      const { traceId, spanId } = (after ?? before)!
      const key = `${short(traceId)}.${short(spanId)}`
      if (before !== undefined) expectStanding(standing.get(key), before)
      if (before !== undefined && after !== undefined) {
        throw new Error('an inference does not change')
      }
      story.push(`${nowMs} ${before === undefined ? '+' : '-'}${key}`)
      if (after === undefined) standing.delete(key)
      else standing.set(key, after)
    },
  }
  let stage = new Orphans(setup, from)
  const run: OrphansRun = {
    get stage() {
      return stage
    },
    counters,
    standing,
    story,
    announced,
    until(timeMs) {
      stage.decideDue(timeMs)
      return run
    },
    children(timeMs, ...rows) {
      run.until(timeMs)
      stage.noteChildren(childBatch(rows), timeMs)
      return run
    },
    ended(timeMs, ...spans) {
      run.until(timeMs)
      for (const span of spans) {
        const isRequest = span.isRequest ?? true
        const ids = idsOf(span.trace, span.span)
        const open = stage.arrived(...ids, isRequest, timeMs)
        if (open === undefined) continue
        setup.observe(open, undefined, timeMs)
        const durationNano = (span.durationMs ?? 0) * 1e6
        const firstChunkNano = span.firstChunkMs === undefined ? -1 : span.firstChunkMs * 1e6
        stage.judge(open, isRequest ? { durationNano, firstChunkNano } : undefined)
      }
      return run
    },
    restart() {
      const stored = JSON.stringify(stage.snapshot())
      counters.open.inferred = 0
      stage = new Orphans({ ...setup, hashSeed: 2 }, JSON.parse(stored) as OrphansSnapshot)
      return run
    },
  }
  return run
}

/** Shows the stage that children named `auth` have requests for parents, at one moment. */
export function teach(
  run: OrphansRun,
  timeMs: number,
  { traces = 50, service = 'proxy' } = {},
): OrphansRun {
  for (let at = 0; at < traces; at += 1) {
    const trace = `beef${at.toString(16).padStart(4, '0')}`
    run.children(timeMs, { trace, span: '2', parent: '1', endMs: timeMs, name: 'auth', service })
    run.ended(timeMs, { trace, span: '1' })
  }
  return run
}

export function idsOf(
  trace: string,
  span: string,
): [number, number, number, number, number, number] {
  return [...words(trace, 4), ...words(span, 2)] as ReturnType<typeof idsOf>
}

function keyOf(ids: Uint32Array): string {
  const hex = [...ids].map((word) => word.toString(16).padStart(8, '0')).join('')
  return `${short(hex.slice(0, 32))}.${short(hex.slice(32))}`
}

function short(id: string): string {
  return id.replace(/^0+/, '')
}

function expectStanding(standing: OpenRequest | undefined, before: OpenRequest): void {
  if (JSON.stringify(standing) !== JSON.stringify(before)) {
    throw new Error(`${before.spanId}: revises what does not stand`)
  }
}
