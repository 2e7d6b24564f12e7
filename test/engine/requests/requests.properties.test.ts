import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DecidedRequest } from '../../../src/model/record.ts'
import { readWholeTraces } from '../../helpers/oracle.ts'
import { type RequestsRun, runRequests, shortId } from '../../helpers/requests-run.ts'
import { oracleSpan, tree, type TreeSpan } from './trees.ts'

const NOW = 1000
const SLOW_NANO = 25e6

/**
 * An order of arrival: for each span, in which batch it comes; a child never after its parent, but
 * where `mayPrecede` says that this parent may come first.
 */
function arrival(
  spans: readonly TreeSpan[],
  draws: readonly number[],
  mayPrecede: (parent: TreeSpan) => boolean = () => false,
): readonly TreeSpan[][] {
  const batchOf: number[] = []
  for (const index of [...spans.keys()].toReversed()) {
    const children = spans.flatMap((other, at) => (other.parent === index ? [batchOf[at]!] : []))
    const earliest = mayPrecede(spans[index]!) ? 0 : Math.max(0, ...children)
    batchOf[index] = earliest + (draws[index]! % 3)
  }
  const last = Math.max(...batchOf)
  return Array.from({ length: last + 1 }, (_, batch) =>
    spans.filter((_span, index) => batchOf[index] === batch),
  )
}

/** What is known of a request; the names and the first chunk only where a page could need them. */
function plain(request: Omit<DecidedRequest, 'state' | 'traceId' | 'service' | 'late'>): unknown {
  const { outcome, endNano, durationNano, group, firstChunkNano, stream, facts } = request
  const told = outcome !== 'ok' || durationNano >= SLOW_NANO
  return {
    spanId: shortId(request.spanId),
    outcome,
    endNano,
    durationNano,
    group,
    ...(told && { firstChunkNano, stream, facts }),
  }
}

function expected(spans: readonly TreeSpan[]): unknown[] {
  return readWholeTraces(spans.map((span) => oracleSpan(span))).map((request) =>
    plain({ ...request, durationNano: request.endNano - request.startNano }),
  )
}

function standing(run: RequestsRun): unknown[] {
  return [...run.standing.values()]
    .sort((a, b) => (a.spanId < b.spanId ? -1 : 1))
    .map((request) => plain(request))
}

/** Delivers batch by batch, a millisecond apart, each shuffled, and waits until all is decided. */
function deliver(
  run: RequestsRun,
  batches: readonly (readonly TreeSpan[])[],
  shuffle: readonly number[],
  waitMs = 60_000,
  from = NOW,
): void {
  let now = from
  for (const batch of batches) {
    const shuffled = batch
      .map((span, index) => ({ span, key: shuffle[index % shuffle.length]! }))
      .sort((a, b) => a.key - b.key)
      .map(({ span }) => span.record)
    run.at((now += 1), ...shuffled)
  }
  run.at(now + waitMs)
}

const draws = fc.array(fc.nat(), { minLength: 6, maxLength: 6 })

describe('requests stage, against a reader of whole traces', () => {
  it('agrees for every order of arrival in which no span comes before its child', () => {
    fc.assert(
      fc.property(tree(1, 6), draws, draws, (spans, order, shuffle) => {
        const run = runRequests({ slowNano: SLOW_NANO })
        deliver(run, arrival(spans, order), shuffle)
        expect(standing(run)).toEqual(expected(spans))
      }),
      { numRuns: 5000 },
    )
  })

  it('agrees on who counts and how, also where a matching span comes before its children', () => {
    const matching = ({ record }: TreeSpan): boolean =>
      record.role !== 'link' &&
      record.role !== 'end' &&
      record.role !== 'void' &&
      record.role !== 'sign'
    const totals = (requests: unknown[]): unknown[] =>
      (requests as { spanId: string; outcome: string }[]).map(({ spanId, outcome }) => [
        spanId,
        outcome,
      ])
    fc.assert(
      fc.property(tree(1, 6), draws, draws, (spans, order, shuffle) => {
        const run = runRequests({ slowNano: SLOW_NANO })
        deliver(run, arrival(spans, order, matching), shuffle)
        expect(totals(standing(run))).toEqual(totals(expected(spans)))
      }),
      { numRuns: 5000 },
    )
  })

  it('takes nothing twice, whatever is sent again and when', () => {
    fc.assert(
      fc.property(tree(1, 6), draws, draws, (spans, order, shuffle) => {
        const batches = arrival(spans, order)
        const once = runRequests({ slowNano: SLOW_NANO })
        deliver(once, batches, shuffle)
        const twice = runRequests({ slowNano: SLOW_NANO })
        deliver(
          twice,
          batches.flatMap((batch, at) => [batch, ...batches.slice(0, at + 1)]),
          shuffle,
        )
        expect(standing(twice)).toEqual(standing(once))
      }),
      { numRuns: 2000 },
    )
  })

  it('goes on from a snapshot taken after any batch as if nothing had been', () => {
    fc.assert(
      fc.property(tree(1, 6), draws, draws, fc.nat(), (spans, order, shuffle, cut) => {
        const batches = arrival(spans, order)
        const live = runRequests({ slowNano: SLOW_NANO })
        deliver(live, batches, shuffle)
        const restored = runRequests({ slowNano: SLOW_NANO })
        const at = cut % (batches.length + 1)
        deliver(restored, batches.slice(0, at), shuffle, 0)
        restored.restart()
        deliver(restored, batches.slice(at), shuffle, 60_000, NOW + at)
        expect(restored.story).toEqual(live.story)
        expect(standing(restored)).toEqual(standing(live))
      }),
      { numRuns: 2000 },
    )
  })
})
