import fc from 'fast-check'
import type { Outcome } from '../../../src/model/outcome.ts'
import { EVIDENCE, type RecordRole } from '../../../src/model/record.ts'
import type { OracleSpan } from '../../helpers/oracle.ts'
import type { PlainRecord } from '../../helpers/records.ts'

/** One span of a made-up tree; times are ms since the tree's own beginning. */
export interface TreeSpan {
  readonly record: PlainRecord & { readonly endMs: number; readonly durationMs: number }
  /** Position of the parent among the spans of the tree; undefined for the root. */
  readonly parent: number | undefined
}

const ROOT_ROLES: readonly RecordRole[] = ['request', 'unsure', 'end', 'void']
const INNER_ROLES: readonly RecordRole[] = ['candidate', 'attempt', 'link', 'sign', 'request']

const outcome = fc.constantFrom<Outcome>('ok', 'failed', 'rejected', 'canceled')

interface Draw {
  readonly root: RecordRole
  readonly inner: RecordRole
  readonly parent: number
  readonly outcome: Outcome
  readonly upstream: boolean
  readonly evidence: number
  readonly startMs: number
  readonly durationMs: number
  readonly firstChunkMs: number | undefined
  readonly model: string | undefined
  readonly team: string | undefined
}

const draw: fc.Arbitrary<Draw> = fc.record({
  root: fc.constantFrom(...ROOT_ROLES),
  inner: fc.constantFrom(...INNER_ROLES),
  parent: fc.nat(),
  outcome,
  upstream: fc.boolean(),
  evidence: fc.constantFrom(0, EVIDENCE.upstreamError, EVIDENCE.stream, 3),
  startMs: fc.integer({ min: 0, max: 50 }),
  durationMs: fc.integer({ min: 0, max: 50 }),
  firstChunkMs: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  model: fc.constantFrom(undefined, 'a', 'b'),
  team: fc.constantFrom(undefined, 'x', 'y'),
})

/** Whole trees of `min` to `max` spans of one trace, the root first. */
export function tree(min: number, max: number): fc.Arbitrary<readonly TreeSpan[]> {
  return fc.array(draw, { minLength: min, maxLength: max }).map((draws) =>
    draws.map((one, index) => {
      const parent = index === 0 ? undefined : one.parent % index
      const role = index === 0 ? one.root : one.inner
      const matches = role !== 'link' && role !== 'end' && role !== 'void'
      return {
        parent,
        record: {
          role,
          trace: '7',
          span: (index + 1).toString(16),
          ...(parent === undefined ? {} : { parent: (parent + 1).toString(16) }),
          endMs: one.startMs + one.durationMs,
          durationMs: one.durationMs,
          ...judged(role, one),
          evidence: matches ? one.evidence : 0,
          ...(one.firstChunkMs === undefined ? {} : { firstChunkMs: one.firstChunkMs }),
          group: [one.model],
          facts: {
            ...(one.model === undefined ? {} : { model: one.model }),
            ...(one.team === undefined ? {} : { team: one.team }),
            ...(one.outcome === 'failed' ? { errorType: `Error${index}` } : {}),
          },
        },
      }
    }),
  )
}

/** As selection judges: upstream evidence only ever turns `rejected` into `failed`. */
function judged(
  role: RecordRole,
  { outcome: own, upstream }: Draw,
): { outcome: Outcome; outcomeIfUpstream: Outcome; outcomeIfSigned: Outcome } {
  const ifUpstream = (from: Outcome): Outcome => (from === 'rejected' && upstream ? 'failed' : from)
  if (role !== 'unsure') {
    return { outcome: own, outcomeIfUpstream: ifUpstream(own), outcomeIfSigned: 'failed' }
  }
  const signed = own === 'rejected' ? 'rejected' : 'failed'
  return { outcome: 'ok', outcomeIfUpstream: ifUpstream(signed), outcomeIfSigned: signed }
}

/** The same span for the oracle, whose times are ns. */
export function oracleSpan({ record }: TreeSpan): OracleSpan {
  return {
    traceId: record.trace,
    spanId: record.span,
    parentSpanId: record.parent,
    role: record.role,
    outcome: record.outcome ?? 'ok',
    outcomeIfUpstream: record.outcomeIfUpstream ?? 'ok',
    outcomeIfSigned: record.outcomeIfSigned ?? 'ok',
    evidence: record.evidence ?? 0,
    startNano: (record.endMs - record.durationMs) * 1e6,
    endNano: record.endMs * 1e6,
    firstChunkNano: record.firstChunkMs === undefined ? -1 : record.firstChunkMs * 1e6,
    group: record.group ?? [],
    facts: record.facts ?? {},
  }
}
