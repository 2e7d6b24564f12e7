import type { ParentPlace } from '../../model/span.ts'
import type { RecordBatch } from '../../model/record.ts'
import type { Engine } from '../../model/engine.ts'
import type { Selection } from '../../model/selection.ts'
import { Indexed } from '../../records/indexed.ts'
import { findLinks } from '../../records/links.ts'
import { producerOf, SERVICE_INSTANCE, SERVICE_NAME } from '../../records/producer.ts'
import { type EndedSpans, NO_RECORDS, RecordBuilder } from '../../records/record-builder.ts'
import type { HrTime, SdkResource, SdkSpan } from '../sdk-span.ts'
import { parentSpanIdOf } from '../sdk-span.ts'
import type { SpanView } from '../span-view.ts'
import type { TrackedSpan } from '../tracker.ts'
import { firstChunkNanoOf } from './progress-time.ts'
import { idsOf } from './span-ids.ts'

export interface EndedSpan {
  readonly span: SdkSpan
  /** Undefined for one that could be no request, or came when too many were open. */
  readonly tracked: TrackedSpan | undefined
}

export interface EndedSpansSetup {
  readonly selection: Selection
  readonly view: SpanView
  /** Is it the request, as far as the spans above it in this process tell? */
  readonly isOutermost: (tracked: TrackedSpan) => boolean
  /** Duration from which a span may be a hang, ns. */
  readonly slowNano: number
  readonly onBroken: (error: unknown) => void
}

/** What came of some ended spans. */
export interface Recorded {
  readonly records: RecordBatch
  /** How many may be requests. */
  readonly requests: number
}

/** Turns ended spans of this process into records, as the collector does with those it receives. */
export function createRecorder(
  setup: EndedSpansSetup,
): (ended: readonly EndedSpan[], waitsFor: Engine['waitsFor']) => Recorded {
  const { selection, view, isOutermost, slowNano, onBroken } = setup

  return (ended, waitsFor) => {
    const columns = columnsFor(ended.length)
    const builder = new RecordBuilder(columns)
    const resources = new Indexed<SdkResource>()
    const plain: number[] = []
    const waiting: number[] = []
    let requests = 0

    const look = (row: number, { span, tracked }: EndedSpan): void => {
      fill(columns, row, span)
      const shown = view.of(span, placeOf(span, tracked))
      const spanClass = selection.classify(shown)
      let { role } = spanClass
      if (role === 'link' || role === 'end' || role === 'void') {
        plain.push(row)
        return
      }
      const slow = columns.durationNano[row]! >= slowNano
      const judgement = selection.judge(shown, spanClass, slow)
      const firstChunkNano = firstChunkNanoOf(judgement, tracked)
      // What is above it is open and will say so itself: until then nobody need guess.
      if (role === 'candidate' && tracked !== undefined && !isOutermost(tracked)) role = 'attempt'
      if (role === 'candidate' || role === 'attempt' || role === 'sign') waiting.push(row)
      if (role !== 'attempt' && role !== 'sign') requests += 1
      builder.add(row, role, resources.of(span.resource), { ...judgement, firstChunkNano })
    }

    for (const [row, each] of ended.entries()) {
      try {
        look(row, each)
      } catch (error) {
        // One that is broken does not take the others with it.
        onBroken(error)
      }
    }
    findLinks(columns, plain, waiting, waitsFor, (row) => {
      const { span, tracked } = ended[row]!
      const { role } = selection.classify(view.of(span, placeOf(span, tracked)))
      builder.add(row, role, resources.of(span.resource))
    })
    if (builder.count === 0) return { records: NO_RECORDS, requests }
    const producers = resources.list.map(({ attributes }) =>
      producerOf(attributes[SERVICE_NAME], attributes[SERVICE_INSTANCE]),
    )
    return { records: builder.build(producers), requests }
  }
}

/** The tracker asked the context when it started; later the span alone must tell. */
function placeOf(span: SdkSpan, tracked: TrackedSpan | undefined): ParentPlace {
  if (tracked !== undefined) return tracked.parent
  if (span.parentSpanContext !== undefined) {
    return span.parentSpanContext.isRemote === true ? 'remote' : 'local'
  }
  return parentSpanIdOf(span) === undefined ? 'none' : 'unknown'
}

function columnsFor(count: number): EndedSpans {
  return {
    ids: new Uint32Array(count * 8),
    endUnixNano: new BigUint64Array(count),
    durationNano: new Float64Array(count),
  }
}

function fill(columns: EndedSpans, row: number, span: SdkSpan): void {
  columns.ids.set(idsOf(span), row * 8)
  columns.endUnixNano[row] = nanosOf(span.startTime) + nanosOf(span.duration)
  columns.durationNano[row] = span.duration[0] * 1e9 + span.duration[1]
}

export function nanosOf([seconds, nanos]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}
