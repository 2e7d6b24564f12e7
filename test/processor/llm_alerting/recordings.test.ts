import { describe, expect, it } from 'vitest'
import { createCounters, createRulesCounters } from '../../../src/engine/counters.ts'
import { Requests } from '../../../src/engine/requests/requests.ts'
import { createAttributeColumns } from '../../../src/model/attribute-columns.ts'
import type { DecidedRequest } from '../../../src/model/record.ts'
import { createLlmAlerting } from '../../../src/processor/llm_alerting/processor.ts'
import { createJsonTracesDecoder } from '../../../src/receiver/otlp/json/traces.ts'
import { ValueInterner } from '../../../src/receiver/otlp/values.ts'
import { createProtobufTracesDecoder } from '../../../src/receiver/otlp/wire/traces.ts'
import { DEFAULT_LLM_ROUTES } from '../../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../../src/selection/outcome.ts'
import { resolvePresets } from '../../../src/selection/presets.ts'
import { createSelection } from '../../../src/selection/selection.ts'
import { loadRecordings, type Recording } from '../../helpers/recordings.ts'
import { REQUESTS_OPTIONS } from '../../helpers/requests-run.ts'
import { splitExport } from '../../helpers/split-export.ts'

type Body = Pick<Recording['exports'][number], 'encoding' | 'body'>

const SLOW_NANO = 7e9
const recordings = loadRecordings()

/** The way of the bytes: decoders, selection, records, requests stage. Returns what stands at last. */
async function read(
  bodies: readonly Body[],
  nowMs: number,
  preset: string,
  upstream4xx: 'failed' | 'rejected',
): Promise<DecidedRequest[]> {
  const standing = new Map<string, DecidedRequest>()
  const stage = new Requests({
    options: REQUESTS_OPTIONS,
    epochMs: nowMs,
    hashSeed: 7,
    counters: createCounters(createRulesCounters()),
    notice: () => undefined,
    observe(before, after) {
      const { traceId, spanId } = (after ?? before)!
      if (after?.state !== 'ended') standing.delete(traceId + spanId)
      else standing.set(traceId + spanId, after)
    },
  })
  const columns = createAttributeColumns()
  let timeMs = nowMs
  const alerting = createLlmAlerting({
    selection: createSelection(
      {
        presets: resolvePresets({ preset }),
        groupKeys: ['service.name', 'gen_ai.request.model'],
        outcomes: { ...DEFAULT_OUTCOMES, upstream4xx },
        llmRoutes: DEFAULT_LLM_ROUTES,
      },
      columns,
    ),
    columns,
    watch: { saw: () => undefined },
    waitsFor: (...words) => stage.waitsFor(...words),
    submit: async (arrivals) => stage.apply(arrivals, timeMs),
    slowNano: REQUESTS_OPTIONS.slowNano,
    inferOpen: false,
    announced: () => undefined,
    decodeSpans: () => undefined,
    now: () => timeMs,
  })
  const values = new ValueInterner()
  const decoders = {
    protobuf: createProtobufTracesDecoder(columns, values),
    json: createJsonTracesDecoder(columns, values),
  }
  for (const { encoding, body } of bodies) {
    const { batch } = decoders[encoding].decode(body)
    await alerting.consumeTraces(batch, { transport: 'http', encoding, body })
    timeMs += 1
  }
  for (let due = stage.nextDueMs(); due !== undefined; due = stage.nextDueMs()) {
    stage.decideDue(due)
  }
  return [...standing.values()]
}

function count(requests: readonly DecidedRequest[]): Record<string, number> {
  const of = (outcome: string): number =>
    requests.filter((request) => request.outcome === outcome).length
  return {
    ok: of('ok'),
    failed: of('failed'),
    rejected: of('rejected'),
    canceled: of('canceled'),
    slow: requests.filter(({ durationNano }) => durationNano >= SLOW_NANO).length,
  }
}

/** A fixed shuffle per seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed
  const keyed = items.map((item) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return { item, key: state }
  })
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}

const ORDERS: Record<string, (bodies: readonly Body[]) => readonly Body[]> = {
  recorded: (bodies) => bodies,
  reversed: (bodies) => bodies.toReversed(),
  'shuffled (1)': (bodies) => shuffled(bodies, 1),
  'shuffled (2)': (bodies) => shuffled(bodies, 2),
}

function spanByspan(bodies: readonly Body[]): Body[] {
  return bodies.flatMap((of) => splitExport(of).map((body) => ({ encoding: of.encoding, body })))
}

describe.each(['litellm', 'auto'])('recordings of LiteLLM, preset %s', (preset) => {
  describe.each(Object.entries(ORDERS))('requests in %s order', (_, order) => {
    it.each(recordings)('$name', async ({ exports, expected }) => {
      const ends = exports.flatMap(({ spans }) => spans.map(({ endUnixNano }) => endUnixNano))
      const nowMs = Number(ends.reduce((a, b) => (a > b ? a : b), 0n) / 1_000_000n) + 1000
      for (const bodies of [exports, spanByspan(exports)]) {
        const failing = await read(order(bodies), nowMs, preset, 'failed')
        expect(count(failing)).toEqual({
          ok: expected.ok,
          failed: expected.failed + expected.provider_4xx,
          rejected: expected.rejected,
          canceled: 0,
          slow: expected.slow,
        })
        const blaming = await read(order(bodies), nowMs, preset, 'rejected')
        expect(count(blaming)).toMatchObject({
          failed: expected.failed,
          rejected: expected.rejected + expected.provider_4xx,
        })
        for (const { traceId, outcome, facts } of failing) {
          if (outcome !== 'failed') continue
          expect(facts.model !== undefined).toBe(
            traceHas(exports, traceId, ['gen_ai.request.model']),
          )
          expect(facts.team !== undefined).toBe(
            traceHas(exports, traceId, ['metadata.user_api_key_team_alias', 'litellm.team.alias']),
          )
        }
      }
    })
  })
})

function traceHas(
  exports: Recording['exports'],
  traceId: string,
  keys: readonly string[],
): boolean {
  return exports.some(({ spans }) =>
    spans.some(
      (span) =>
        span.traceId === traceId &&
        keys.some((key) => span.attributes[key] !== undefined && span.attributes[key] !== ''),
    ),
  )
}
