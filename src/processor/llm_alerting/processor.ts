import type { ConsumeResult, TracesConsumer } from '../../model/component.ts'
import type { Arrivals } from '../../model/journal.ts'
import type { RecordBatch } from '../../model/record.ts'
import type { Selection } from '../../model/selection.ts'
import type { AttributeColumns, SpanBatch } from '../../model/span.ts'
import { findLinks } from './links.ts'
import { type Ends, type ProducerWatch } from './producer-watch.ts'
import { createProducerReader } from './producers.ts'
import { RecordBuilder } from './record-builder.ts'
import { SpanCursor } from './span-cursor.ts'

/** What the upper half of a 64-bit time in ns is worth. */
const MS_PER_HIGH_WORD = 2 ** 32 / 1e6
const ACCEPTED: ConsumeResult = { rejected: 0, message: '' }

export interface LlmAlertingSetup {
  readonly selection: Selection
  readonly columns: AttributeColumns
  readonly watch: ProducerWatch
  /** Does a candidate of an earlier batch wait for this span? */
  readonly waitsFor: (
    t0: number,
    t1: number,
    t2: number,
    t3: number,
    s0: number,
    s1: number,
  ) => boolean
  /** Journals what arrived and has the engine apply it. */
  readonly submit: (arrivals: Arrivals) => Promise<void>
  /** Duration from which a span may be a hang, ns. */
  readonly slowNano: number
  /** ms since the Unix epoch. */
  readonly now: () => number
}

/**
 * Turns spans into records: classifies each from itself alone and keeps those that matter. It has no
 * state that would change an answer; all memory is the engine's.
 */
export function createLlmAlerting(setup: LlmAlertingSetup): TracesConsumer {
  const { selection, watch } = setup
  const readProducers = createProducerReader(setup.columns)

  function toRecords(batch: SpanBatch): RecordBatch | undefined {
    const builder = new RecordBuilder(batch)
    const span = new SpanCursor(batch)
    const producers = readProducers(batch)
    const seen = producers.map(() => ({ spans: 0, requests: 0, oldestMs: Infinity, newestMs: -1 }))
    const { buffer, byteOffset, length } = batch.endUnixNano
    const endWords = new Uint32Array(buffer, byteOffset, length * 2)
    const plain: number[] = []
    const waiting: number[] = []
    for (let row = 0; row < batch.count; row += 1) {
      span.moveTo(row)
      const spanClass = selection.classify(span)
      const producer = batch.scopes[batch.scope[row]!]!.resource
      const of = seen[producer]!
      of.spans += 1
      switch (spanClass.role) {
        case 'link':
        case 'end':
        case 'void':
          plain.push(row)
          continue
        case 'request':
        case 'unsure':
          of.requests += 1
          break
        case 'candidate':
          of.requests += 1
          waiting.push(row)
          break
        case 'attempt':
        case 'sign':
          waiting.push(row)
          break
      }
      const endMs = endWords[row * 2 + 1]! * MS_PER_HIGH_WORD + endWords[row * 2]! / 1e6
      of.oldestMs = Math.min(of.oldestMs, endMs)
      of.newestMs = Math.max(of.newestMs, endMs)
      const slow = batch.durationNano[row]! >= setup.slowNano
      builder.add(row, spanClass.role, producer, selection.judge(span, spanClass, slow))
    }
    findLinks(batch, plain, waiting, setup.waitsFor, (row) => {
      span.moveTo(row)
      builder.add(row, selection.classify(span).role, batch.scopes[batch.scope[row]!]!.resource)
    })
    const nowMs = setup.now()
    for (const [index, { service }] of producers.entries()) {
      const { spans, requests, ...ends } = seen[index]!
      watch.saw(service, spans, requests, measured(ends), nowMs)
    }
    return builder.count === 0 ? undefined : builder.build(producers)
  }

  return {
    async consumeTraces(batch) {
      const records = toRecords(batch)
      if (records !== undefined) await setup.submit({ records })
      return ACCEPTED
    },
  }
}

function measured(ends: Ends): Ends | undefined {
  return ends.newestMs < 0 ? undefined : ends
}
