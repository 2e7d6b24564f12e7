import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../../../src/model/attribute-columns.ts'
import type { ChildBatch } from '../../../../src/model/record.ts'
import type { SpanBatch } from '../../../../src/model/span.ts'
import { createProducerReader } from '../../../../src/processor/llm_alerting/producers.ts'
import { SpanCursor } from '../../../../src/processor/llm_alerting/span-cursor.ts'
import { createTracesDecoders } from '../../../../src/receiver/otlp/decoders.ts'
import { DEFAULT_LLM_ROUTES } from '../../../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../../../src/selection/outcome.ts'
import { resolvePresets } from '../../../../src/selection/presets.ts'
import { createSelection } from '../../../../src/selection/selection.ts'
import { loadRecordings, type Recording } from '../../../helpers/recordings.ts'
import { type OrphansRun, type PlainEnd, runOrphans } from './orphans-run.ts'

const THRESHOLD_MS = 7000
const recordings = loadRecordings()

/** The way of the bytes into the stage: decoders and selection; every span counts as a record. */
function createReader(run: OrphansRun): (recording: Recording, copy: number, atMs: number) => void {
  const columns = createAttributeColumns()
  const selection = createSelection(
    {
      presets: resolvePresets({ preset: 'litellm' }),
      groupKeys: ['service.name', 'gen_ai.request.model'],
      outcomes: DEFAULT_OUTCOMES,
      llmRoutes: DEFAULT_LLM_ROUTES,
    },
    columns,
  )
  const readProducers = createProducerReader(columns)
  const decoders = createTracesDecoders(columns)

  function childrenOf(batch: SpanBatch): ChildBatch {
    const span = new SpanCursor(batch)
    const rows = Array.from({ length: batch.count }, (_, row) => row).filter((row) => {
      span.moveTo(row)
      return span.parent === 'local'
    })
    const judged = rows.map((row) => {
      span.moveTo(row)
      return {
        kind: { scope: span.scopeName, name: span.name },
        ...selection.judge(span, { role: 'attempt', preset: 'litellm' }, true),
      }
    })
    const indexes = Uint32Array.from(rows.keys())
    return {
      count: rows.length,
      ids: Uint32Array.from(rows.flatMap((row) => [...batch.ids.subarray(row * 8, row * 8 + 8)])),
      endUnixNano: BigUint64Array.from(rows, (row) => batch.endUnixNano[row]!),
      durationNano: Float64Array.from(rows, (row) => batch.durationNano[row]!),
      kind: indexes,
      group: indexes,
      fact: indexes,
      producer: Uint32Array.from(rows, (row) => batch.scopes[batch.scope[row]!]!.resource),
      kinds: judged.map(({ kind }) => kind),
      groups: judged.map(({ group }) => group),
      facts: judged.map(({ facts }) => facts),
      producers: readProducers(batch),
    }
  }

  function endsOf(batch: SpanBatch): PlainEnd[] {
    const span = new SpanCursor(batch)
    return Array.from({ length: batch.count }, (_, row) => {
      span.moveTo(row)
      const { role } = selection.classify(span)
      const words = [...batch.ids.subarray(row * 8, row * 8 + 6)]
      const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
      return {
        trace: hex.slice(0, 32),
        span: hex.slice(32),
        isRequest: role === 'request' || role === 'unsure',
        durationMs: batch.durationNano[row]! / 1e6,
      }
    })
  }

  return (recording, copy, atMs) => {
    const { arrivedMs } = recording.exports[0]!
    const ends = recording.exports[0]!.spans.map(({ endUnixNano }) => Number(endUnixNano) / 1e6)
    const shiftNano = BigInt(Math.round(atMs - Math.max(...ends))) * 1_000_000n
    for (const { encoding, body, arrivedMs: laterMs } of recording.exports) {
      const nowMs = atMs + Math.round(laterMs - arrivedMs)
      const { batch } = decoders[encoding].decode(body)
      for (let row = 0; row < batch.count; row += 1) {
        batch.ids[row * 8] = (batch.ids[row * 8]! ^ copy) >>> 0
        batch.endUnixNano[row] = batch.endUnixNano[row]! + shiftNano
      }
      run.ended(nowMs, ...endsOf(batch))
      run.stage.noteChildren(childrenOf(batch), nowMs)
    }
  }
}

const flavourOf = ({ name }: Recording): string => name.slice(name.indexOf('.') + 1)

/** Good traffic of the same kind: what its telemetry looks like is known. */
function lessonFor(recording: Recording): Recording {
  const [generation] = flavourOf(recording).split('-')
  const good = recordings.filter(({ name }) => name.startsWith('success'))
  return (
    good.find((other) => flavourOf(other) === flavourOf(recording)) ??
    good.find((other) => flavourOf(other) === generation)!
  )
}

interface Heard {
  readonly run: OrphansRun
  readonly read: ReturnType<typeof createReader>
  readonly nowMs: number
}

/** A stage that saw 50 good requests, ten seconds apart. */
function taughtBy(lesson: Recording): Heard {
  const run = runOrphans({ slowNano: THRESHOLD_MS * 1e6 })
  const read = createReader(run)
  const START_MS = 1_000_000
  for (let copy = 1; copy <= 50; copy += 1) read(lesson, copy, START_MS + copy * 10_000)
  return { run, read, nowMs: START_MS + 600_000 }
}

describe('orphans in recordings of LiteLLM', () => {
  it.each(recordings)('of $name: as many open requests as hung', (recording) => {
    const { run, read, nowMs } = taughtBy(lessonFor(recording))
    read(recording, 0, nowMs)
    run.until(nowMs + 600_000)
    expect(run.standing.size).toBe(recording.expected.orphans)
    expect(run.counters).toMatchObject({
      inferred: recording.expected.orphans,
      inferredWrongly: 0,
      open: { inferred: recording.expected.orphans },
    })
  })

  it('of all, one after the other: no more than hung', () => {
    const flavours = new Map(recordings.map((each) => [lessonFor(each).name, lessonFor(each)]))
    const run = runOrphans({ slowNano: THRESHOLD_MS * 1e6 })
    const read = createReader(run)
    let nowMs = 1_000_000
    for (const lesson of flavours.values()) {
      for (let copy = 1; copy <= 50; copy += 1) read(lesson, copy, (nowMs += 2000))
    }
    // Each comes from a process of its own: soon after another, it would have replaced that one.
    for (const recording of recordings) read(recording, 0, (nowMs += 200_000))
    run.until(nowMs + 60_000)
    const hung = recordings.reduce((sum, { expected }) => sum + expected.orphans, 0)
    expect(hung).toBeGreaterThan(1)
    expect(run.counters).toMatchObject({ inferred: hung, inferredWrongly: 0 })
  })

  it('infers nothing of any before it has learned', () => {
    for (const recording of recordings) {
      const run = runOrphans({ slowNano: THRESHOLD_MS * 1e6 })
      createReader(run)(recording, 0, 1_000_000)
      expect(run.until(2_000_000).counters.inferred).toBe(0)
    }
  })

  it('names model and team where LiteLLM says them early, and the route', () => {
    const hanging = recordings.find(({ name }) => name === 'team_key.v2')!
    const { run, read, nowMs } = taughtBy(lessonFor(hanging))
    read(hanging, 0, nowMs)
    const [open] = run.until(nowMs + 60_000).standing.values()
    expect(open).toMatchObject({
      service: 'litellm-proxy',
      group: ['litellm-proxy', 'blackhole'],
      facts: { model: 'blackhole' },
    })
    expect(open?.facts.team).toBeDefined()
  })

  it('takes it back when the span comes after all', () => {
    const hanging = recordings.find(({ name }) => name === 'hang.v1')!
    const { run, read, nowMs } = taughtBy(lessonFor(hanging))
    read(hanging, 0, nowMs)
    const [open] = run.until(nowMs + 60_000).standing.values()
    run.ended(nowMs + 65_000, { trace: open!.traceId, span: open!.spanId, durationMs: 65_000 })
    expect(run.standing.size).toBe(0)
    expect(run.counters).toMatchObject({ inferred: 1, inferredWrongly: 0, open: { inferred: 0 } })
  })
})
