/**
 * The table of open spans with a million in it:
 *
 *     node test/bench/open-spans.ts
 */

import { createCounters, createRulesCounters } from '../../src/engine/counters.ts'
import { OpenSpans } from '../../src/engine/requests/open/open-spans.ts'
import type { OpenBatch } from '../../src/model/record.ts'
import { openBatch } from '../helpers/opens.ts'
import { REQUESTS_OPTIONS } from '../helpers/requests-run.ts'
import { against, type Against, NO_TARGET } from './against.ts'
import { collectGarbage } from './collect-garbage.ts'

export type OpenSpansFigure = Against & { readonly name: string; readonly figure: number }

const SPANS = 1_000_000
const BATCH = 512

const BYTES = { target: 96, goal: 64 }
const DELETE_INSERT_NANO = { target: 1000, goal: 500 }

export function measureOpenSpans(): readonly OpenSpansFigure[] {
  const { counters, spans } = emptySpans()
  const before = usedBytes()
  let worstStallMs = 0
  let nowMs = 1_000_000
  for (let first = 0; first < SPANS; first += BATCH) {
    worstStallMs = Math.max(worstStallMs, note(spans, batchFrom(first), (nowMs += 1)))
  }
  if (counters.open.open.announced < SPANS) throw new Error('not all were taken')
  const bytesPerSpan = Math.round((usedBytes() - before) / counters.open.open.announced)

  const rounds = 400
  const batches = Array.from({ length: rounds }, (_, round) =>
    batchFrom(SPANS + BATCH * (round + 1)),
  )
  const startedMs = performance.now()
  for (const [round, batch] of batches.entries()) {
    for (let at = 0; at < BATCH; at += 1) {
      const id = round * BATCH + at
      spans.take(id >>> 8, 0, 0, id, 0, id + 1)
    }
    note(spans, batch, nowMs)
  }
  const deleteInsertNano = Math.round(((performance.now() - startedMs) * 1e6) / (rounds * BATCH))
  return [
    { name: 'bytes per open span', figure: bytesPerSpan, ...against(bytesPerSpan, BYTES) },
    {
      // One span ends and another is announced, with a million open.
      name: 'delete and insert, ns',
      figure: deleteInsertNano,
      ...against(deleteInsertNano, DELETE_INSERT_NANO),
    },
    {
      // Longest time a batch of 512 kept the thread, the growing of the table included.
      name: 'worst stall, ms',
      figure: Math.round(worstStallMs * 10) / 10,
      ...NO_TARGET,
    },
  ]
}

function emptySpans() {
  const counters = createCounters(createRulesCounters())
  const spans = new OpenSpans({
    options: { ...REQUESTS_OPTIONS, maxOpen: 2 * SPANS, maxOpenPerService: 2 * SPANS },
    epochMs: 0,
    hashSeed: 1,
    counters: counters.open,
    hasEnded: () => false,
    takeInferred: () => undefined,
    notice: () => undefined,
    observe: () => undefined,
  })
  return { counters, spans }
}

/** 512 spans, each of a trace of its own. */
function batchFrom(first: number): OpenBatch {
  const batch = openBatch([{ trace: '1', span: '1', ageMs: 5_000, group: ['m'] }])
  const column = <T extends { fill(value: number): T }>(
    make: (length: number) => T,
    from: ArrayLike<number>,
  ): T => make(BATCH).fill(from[0]!)
  const floats = (from: Float64Array): Float64Array =>
    column((length) => new Float64Array(length), from)
  const bytes = (from: Uint8Array): Uint8Array => column((length) => new Uint8Array(length), from)
  const ids = new Uint32Array(BATCH * 8)
  for (let at = 0; at < BATCH; at += 1) {
    const id = first + at
    ids.set([id >>> 8, 0, 0, id, 0, id + 1], at * 8)
  }
  return {
    ...batch,
    count: BATCH,
    ids,
    state: bytes(batch.state),
    outermost: bytes(batch.outermost),
    startUnixNano: new BigUint64Array(BATCH),
    ageNano: floats(batch.ageNano),
    heartbeatMs: floats(batch.heartbeatMs),
    progressAgeNano: floats(batch.progressAgeNano),
    firstChunkNano: floats(batch.firstChunkNano),
    outcome: bytes(batch.outcome),
    group: new Uint32Array(BATCH),
    fact: new Uint32Array(BATCH),
    announcer: new Uint32Array(BATCH),
  }
}

function note(spans: OpenSpans, batch: OpenBatch, nowMs: number): number {
  const startedMs = performance.now()
  spans.note(batch, nowMs, () => undefined)
  return performance.now() - startedMs
}

function usedBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

if (import.meta.main) console.table(measureOpenSpans())
