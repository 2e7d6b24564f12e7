import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/model/outcome.ts'
import { EVIDENCE, type RecordRole } from '../../../src/model/record.ts'
import { readWholeTraces } from '../../helpers/oracle.ts'
import { runRequests, shortId } from '../../helpers/requests-run.ts'
import { oracleSpan, type TreeSpan } from './trees.ts'

const ROOTS: readonly RecordRole[] = ['request', 'unsure', 'end', 'void']
const INNER: readonly RecordRole[] = ['candidate', 'attempt', 'link', 'sign', 'request']
/** Parent of the third span: the root, or the second. */
const SHAPES = [0, 1]
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]
/** Where the batches end: after the first, after the second, both, or neither. */
const CUTS = [[], [1], [2], [1, 2]]

function span(index: number, role: RecordRole, parent: number | undefined): TreeSpan {
  const rejected = role === 'request' || role === 'unsure'
  const outcome: Outcome = role === 'unsure' ? 'ok' : rejected ? 'rejected' : 'failed'
  return {
    parent,
    record: {
      role,
      trace: '7',
      span: (index + 1).toString(16),
      ...(parent === undefined ? {} : { parent: (parent + 1).toString(16) }),
      endMs: 100 - index,
      durationMs: 50 - index,
      outcome,
      outcomeIfUpstream: 'failed',
      outcomeIfSigned: 'rejected',
      evidence: role === 'attempt' ? EVIDENCE.upstreamError : 0,
      group: [index === 0 ? undefined : 'm'],
      facts: { model: `m${index}` },
    },
  }
}

/** No span may come in an earlier batch than its child. */
function isPromised(spans: readonly TreeSpan[], batchOf: readonly number[]): boolean {
  return spans.every(({ parent }, at) => parent === undefined || batchOf[at]! <= batchOf[parent]!)
}

describe('every tree of three spans, in every order and every split over batches', () => {
  it.each(ROOTS)('below a root that is %s counts as a reader of whole traces counts it', (root) => {
    let tried = 0
    for (const second of INNER) {
      for (const third of INNER) {
        for (const parent of SHAPES) {
          const spans = [span(0, root, undefined), span(1, second, 0), span(2, third, parent)]
          const expected = readWholeTraces(spans.map((one) => oracleSpan(one)))
          for (const order of ORDERS) {
            for (const cuts of CUTS) {
              const batchAt = (place: number): number => cuts.filter((cut) => place >= cut).length
              const batchOf = [0, 1, 2].map((index) => batchAt(order.indexOf(index)))
              if (!isPromised(spans, batchOf)) continue
              tried += 1
              const run = runRequests()
              for (let batch = 0; batch <= cuts.length; batch += 1) {
                const rows = order.filter((index) => batchOf[index] === batch)
                run.at(1000 + batch, ...rows.map((index) => spans[index]!.record))
              }
              run.at(60_000)
              const counted = [...run.standing.values()].map(
                ({ spanId, outcome, group, facts }) => ({
                  spanId: shortId(spanId),
                  outcome,
                  group,
                  facts,
                }),
              )
              expect(counted.sort((a, b) => (a.spanId < b.spanId ? -1 : 1))).toEqual(
                expected.map(({ spanId, outcome, group, facts }) => ({
                  spanId,
                  outcome,
                  group,
                  facts,
                })),
              )
            }
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(500)
  })
})
