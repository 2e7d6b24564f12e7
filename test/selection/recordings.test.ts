import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import { DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES, type OutcomeOptions } from '../../src/selection/outcome.ts'
import { resolvePresets } from '../../src/selection/presets.ts'
import { createSelection } from '../../src/selection/selection.ts'
import { readWholeTraces, type OracleRequest, type OracleSpan } from '../helpers/oracle.ts'
import { loadRecordings, viewOf, type Recording } from '../helpers/recordings.ts'

const SLOW_NANO = 7e9

const recordings = loadRecordings()

describe('the recordings of LiteLLM', () => {
  it('are there', () => {
    expect(recordings.length).toBeGreaterThanOrEqual(28)
  })

  describe.each(['litellm', 'auto'])('with preset %s', (preset) => {
    it.each(recordings)('$name gives what its spans tell', (recording) => {
      const { ok, failed, provider_4xx, rejected, slow } = recording.expected
      const requests = read(recording, preset, DEFAULT_OUTCOMES)
      expect(count(requests)).toEqual({
        ok,
        failed: failed + provider_4xx,
        rejected,
        canceled: 0,
        slow,
      })
    })

    it.each(recordings)('$name gives it with providers 4xx rejected', (recording) => {
      const { ok, failed, provider_4xx, rejected, slow } = recording.expected
      const requests = read(recording, preset, { ...DEFAULT_OUTCOMES, upstream4xx: 'rejected' })
      expect(count(requests)).toEqual({
        ok,
        failed,
        rejected: rejected + provider_4xx,
        canceled: 0,
        slow,
      })
    })

    it.each(recordings)('$name has model and team where a span of the trace has', (recording) => {
      const failed = read(recording, preset, DEFAULT_OUTCOMES).filter(
        ({ outcome }) => outcome === 'failed',
      )
      for (const { traceId, facts } of failed) {
        expect(facts.model !== undefined).toBe(
          traceHas(recording, traceId, ['gen_ai.request.model']),
        )
        expect(facts.team !== undefined).toBe(
          traceHas(recording, traceId, ['metadata.user_api_key_team_alias', 'litellm.team.alias']),
        )
      }
    })
  })
})

function read(recording: Recording, preset: string, outcomes: OutcomeOptions): OracleRequest[] {
  const columns = createAttributeColumns()
  const selection = createSelection(
    {
      presets: resolvePresets({ preset }),
      groupKeys: ['service.name', 'gen_ai.request.model'],
      outcomes,
      llmRoutes: DEFAULT_LLM_ROUTES,
    },
    columns,
  )
  const spans = recording.exports.flatMap((each) => each.spans)
  const epoch = spans[0]?.startUnixNano ?? 0n
  return readWholeTraces(
    spans.map((span): OracleSpan => {
      const view = viewOf(span, columns)
      const spanClass = selection.classify(view)
      const place = {
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        role: spanClass.role,
        startNano: Number(span.startUnixNano - epoch),
        endNano: Number(span.endUnixNano - epoch),
      }
      const isLink = ['link', 'end', 'void'].includes(spanClass.role)
      return { ...place, ...(isLink ? NOTHING : selection.judge(view, spanClass, true)) }
    }),
  )
}

const NOTHING = {
  outcome: 'ok',
  outcomeIfUpstream: 'ok',
  outcomeIfSigned: 'ok',
  evidence: 0,
  firstChunkNano: -1,
  group: [],
  facts: {},
} as const

function count(requests: readonly OracleRequest[]) {
  const counted = { ok: 0, failed: 0, rejected: 0, canceled: 0, slow: 0 }
  for (const { outcome, startNano, endNano } of requests) {
    counted[outcome] += 1
    counted.slow += endNano - startNano >= SLOW_NANO ? 1 : 0
  }
  return counted
}

/** Does any span of the trace have a value for one of the keys? */
function traceHas(recording: Recording, traceId: string, keys: readonly string[]): boolean {
  return recording.exports
    .flatMap((each) => each.spans)
    .some(
      (span) => span.traceId === traceId && keys.some((key) => (span.attributes[key] ?? '') !== ''),
    )
}
