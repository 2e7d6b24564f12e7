import { createAttributeColumns } from '../../../../src/model/attribute-columns.ts'
import type { Arrivals } from '../../../../src/model/journal.ts'
import { OUTCOMES, type Outcome, type RequestFacts } from '../../../../src/model/outcome.ts'
import {
  ANNOUNCED_STATES,
  type AnnouncedState,
  type Announcer,
  type GroupValues,
  type OpenBatch,
} from '../../../../src/model/record.ts'
import { createDecodeSpans } from '../../../../src/pipeline/decode-spans.ts'
import { createLlmAlerting } from '../../../../src/processor/llm_alerting/processor.ts'
import { createLogsDecoders, createTracesDecoders } from '../../../../src/receiver/otlp/decoders.ts'
import { DEFAULT_LLM_ROUTES } from '../../../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../../../src/selection/outcome.ts'
import type { MatchEntry } from '../../../../src/selection/preset.ts'
import { resolvePresets } from '../../../../src/selection/presets.ts'
import { createSelection } from '../../../../src/selection/selection.ts'

/** One row of an OpenBatch, plainly; what is not said is left out. */
export interface PlainOpenRow {
  readonly state: AnnouncedState
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly outermost: boolean
  readonly startUnixNano?: string
  readonly ageMs?: number
  readonly heartbeatMs?: number
  readonly progressAgeMs?: number
  readonly firstChunkMs?: number
  /** Of those that ended. */
  readonly outcome?: Outcome
  readonly group: GroupValues
  readonly facts: RequestFacts
  readonly announcer: Announcer
}

export interface RigOptions {
  readonly match?: readonly MatchEntry[]
  readonly inferOpen?: boolean
  readonly waitsFor?: () => boolean
}

/** The processor behind real decoders: bytes in, what it submits out. */
export function announcementRig({ match, inferOpen = false, waitsFor }: RigOptions = {}) {
  const columns = createAttributeColumns()
  const submitted: Arrivals[] = []
  const counted: string[] = []
  const seen: { service: string; spans: number; requests: number }[] = []
  const consumer = createLlmAlerting({
    selection: createSelection(
      {
        presets: resolvePresets(match === undefined ? { preset: 'auto' } : { match }),
        groupKeys: ['service.name', 'gen_ai.request.model'],
        outcomes: DEFAULT_OUTCOMES,
        llmRoutes: DEFAULT_LLM_ROUTES,
      },
      columns,
    ),
    columns,
    watch: { saw: (service, spans, requests) => seen.push({ service, spans, requests }) },
    waitsFor: waitsFor ?? (() => false),
    slowNano: 60e9,
    inferOpen,
    announced: (form, result) => counted.push(`${form} ${result}`),
    decodeSpans: createDecodeSpans(columns),
    submit: async (arrivals) => void submitted.push(arrivals),
    now: () => 5000,
  })
  columns.freeze()
  const traces = createTracesDecoders(columns)
  const logs = createLogsDecoders(columns)

  async function consume(
    signal: 'traces' | 'logs',
    encoding: 'protobuf' | 'json',
    body: Uint8Array,
  ): Promise<PlainOpenRow[]> {
    submitted.length = 0
    counted.length = 0
    seen.length = 0
    if (signal === 'logs') await consumer.consumeLogs(logs[encoding].decode(body).batch)
    else {
      const { batch } = traces[encoding].decode(body)
      await consumer.consumeTraces(batch, { transport: 'http', encoding, body })
    }
    return submitted.flatMap(({ opens }) => (opens === undefined ? [] : openRows(opens)))
  }
  return { consume, submitted, counted, seen, columns }
}

function openRows(batch: OpenBatch): PlainOpenRow[] {
  const hex = (from: number, words: number): string =>
    Array.from(batch.ids.subarray(from, from + words), (word) =>
      word.toString(16).padStart(8, '0'),
    ).join('')
  const ms = (nano: number): number | undefined => (nano === -1 ? undefined : nano / 1e6)
  return Array.from({ length: batch.count }, (_, row) => {
    const parentSpanId = hex(row * 8 + 6, 2)
    const state = ANNOUNCED_STATES[batch.state[row]!]!
    const plain = {
      state,
      traceId: hex(row * 8, 4),
      spanId: hex(row * 8 + 4, 2),
      parentSpanId: /^0+$/.test(parentSpanId) ? undefined : parentSpanId,
      outermost: batch.outermost[row] === 1,
      startUnixNano: batch.startUnixNano[row] === 0n ? undefined : String(batch.startUnixNano[row]),
      ageMs: ms(batch.ageNano[row]!),
      heartbeatMs: batch.heartbeatMs[row] || undefined,
      progressAgeMs: ms(batch.progressAgeNano[row]!),
      firstChunkMs: ms(batch.firstChunkNano[row]!),
      outcome: state === 'ended' ? OUTCOMES[batch.outcome[row]!] : undefined,
      group: batch.groups[batch.group[row]!]!,
      facts: batch.facts[batch.fact[row]!]!,
      announcer: batch.announcers[batch.announcer[row]!]!,
    }
    // Without what is undefined, so that it reads and compares as JSON does.
    return JSON.parse(JSON.stringify(plain)) as PlainOpenRow
  })
}
