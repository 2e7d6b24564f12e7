import type { BySpan } from '../../model/by-span.ts'
import type { ConsumeResult, LogsConsumer, TracesConsumer } from '../../model/component.ts'
import type { Arrivals } from '../../model/journal.ts'
import type { LogBatch } from '../../model/log.ts'
import type { Selection } from '../../model/selection.ts'
import type { AttributeColumns, SpanBatch } from '../../model/span.ts'
import { findLinks } from '../../records/links.ts'
import { OpenBuilder } from '../../records/open-builder.ts'
import { NO_RECORDS, RecordBuilder } from '../../records/record-builder.ts'
import { type CountAnnouncement, createIntake } from './announcements/intake.ts'
import { createLogAnnouncements } from './announcements/log-announcements.ts'
import type { DecodeSpans } from './announcements/partial-span.ts'
import { createSpanAnnouncements } from './announcements/span-announcements.ts'
import { ChildBuilder, createIsChild } from './child-builder.ts'
import { type Ends, type ProducerWatch } from './producer-watch.ts'
import { createProducerReader } from './producers.ts'
import { SpanCursor } from './span-cursor.ts'

/** What the upper half of a 64-bit time in ns is worth. */
const MS_PER_HIGH_WORD = 2 ** 32 / 1e6
const ACCEPTED: ConsumeResult = { rejected: 0, message: '' }

export interface LlmAlertingSetup {
  readonly selection: Selection
  readonly columns: AttributeColumns
  readonly watch: ProducerWatch
  /** Does a candidate of an earlier batch wait for this span? */
  readonly waitsFor: BySpan<boolean>
  /** Journals what arrived and has the engine apply it. */
  readonly submit: (arrivals: Arrivals) => Promise<void>
  /** Duration from which a span may be a hang, ns. */
  readonly slowNano: number
  /** Pass on children, from which open parents may be inferred. */
  readonly inferOpen: boolean
  readonly announced: CountAnnouncement
  /** For the spans in the bodies of log records; other buffers than those of the batches consumed. */
  readonly decodeSpans: DecodeSpans
  /** ms since the Unix epoch. */
  readonly now: () => number
}

/**
 * Turns spans into records, and announcements of open spans into rows of their own: classifies each
 * from itself alone and keeps those that matter. It has no state that would change an answer; all
 * memory is the engine's.
 */
export function createLlmAlerting(setup: LlmAlertingSetup): TracesConsumer & LogsConsumer {
  const { columns, selection, watch } = setup
  const readProducers = createProducerReader(columns)
  const announcements = createSpanAnnouncements(columns)
  const readLog = createLogAnnouncements(columns, setup.decodeSpans)
  const take = createIntake(selection, setup.announced)
  const isChild = setup.inferOpen ? createIsChild(columns) : undefined

  function ofSpans(batch: SpanBatch): Arrivals | undefined {
    const builder = new RecordBuilder(batch)
    const opens = new OpenBuilder()
    const children = new ChildBuilder(batch, selection)
    const span = new SpanCursor(batch)
    const producers = readProducers(batch)
    const seen = producers.map(() => ({ spans: 0, requests: 0, oldestMs: Infinity, newestMs: -1 }))
    const { buffer, byteOffset, length } = batch.endUnixNano
    const endWords = new Uint32Array(buffer, byteOffset, length * 2)
    const plain: number[] = []
    const waiting: number[] = []
    for (let row = 0; row < batch.count; row += 1) {
      span.moveTo(row)
      const producer = batch.scopes[batch.scope[row]!]!.resource
      const of = seen[producer]!
      if (announcements.hasMark(batch, row)) {
        const reading = announcements.read({ batch, row, span, producer: producers[producer]! })
        if (reading !== undefined) {
          if (take(reading, opens)) of.requests += 1
          continue
        }
      }
      const spanClass = selection.classify(span)
      of.spans += 1
      if (isChild?.(span) === true) {
        children.add(row, producer, span, spanClass)
        // Its parent, should it be in this batch, must be known to have come.
        waiting.push(row)
      }
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
    const records = builder.count === 0 ? NO_RECORDS : builder.build(producers)
    return arrivals(records, opens.build(), children.build(producers))
  }

  function ofLogs({ records }: LogBatch): Arrivals | undefined {
    const opens = new OpenBuilder()
    for (const record of records) {
      const reading = readLog(record)
      if (take(reading, opens) && 'announcer' in reading) {
        watch.saw(reading.announcer.service, 0, 1, undefined, setup.now())
      }
    }
    return arrivals(NO_RECORDS, opens.build(), undefined)
  }

  async function submit(arrived: Arrivals | undefined): Promise<ConsumeResult> {
    if (arrived !== undefined) await setup.submit(arrived)
    return ACCEPTED
  }

  return {
    async consumeTraces(batch) {
      return submit(ofSpans(batch))
    },
    async consumeLogs(batch) {
      return submit(ofLogs(batch))
    },
  }
}

function arrivals(
  records: Arrivals['records'],
  opens: Arrivals['opens'],
  children: Arrivals['children'],
): Arrivals | undefined {
  if (records.count === 0 && opens === undefined && children === undefined) return undefined
  return {
    records,
    ...(opens !== undefined && { opens }),
    ...(children !== undefined && { children }),
  }
}

function measured(ends: Ends): Ends | undefined {
  return ends.newestMs < 0 ? undefined : ends
}
