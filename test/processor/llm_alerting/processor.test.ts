import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../../src/model/attribute-columns.ts'
import { RECORD_ROLES, type RecordBatch } from '../../../src/model/record.ts'
import { createLlmAlerting } from '../../../src/processor/llm_alerting/processor.ts'
import type { Ends } from '../../../src/processor/llm_alerting/producer-watch.ts'
import { createProtobufTracesDecoder } from '../../../src/receiver/otlp/wire/traces.ts'
import { ValueInterner } from '../../../src/receiver/otlp/values.ts'
import { DEFAULT_LLM_ROUTES } from '../../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../../src/selection/outcome.ts'
import { resolvePresets } from '../../../src/selection/presets.ts'
import { createSelection } from '../../../src/selection/selection.ts'
import { encodeTraces, type SpanInput } from '../../helpers/otlp.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const id = (digit: string): string => digit.repeat(16)

function alerting(waitsFor: (spanId: string) => boolean = () => false) {
  const columns = createAttributeColumns()
  const submitted: RecordBatch[] = []
  const seen: { service: string; spans: number; requests: number; ends: Ends | undefined }[] = []
  const consumer = createLlmAlerting({
    selection: createSelection(
      {
        presets: resolvePresets({ preset: 'auto' }),
        groupKeys: ['service.name'],
        outcomes: DEFAULT_OUTCOMES,
        llmRoutes: DEFAULT_LLM_ROUTES,
      },
      columns,
    ),
    columns,
    watch: {
      saw: (service, spans, requests, ends) => seen.push({ service, spans, requests, ends }),
    },
    waitsFor: (_t0, _t1, _t2, _t3, s0, s1) =>
      waitsFor(s0.toString(16).padStart(8, '0') + s1.toString(16).padStart(8, '0')),
    submit: async ({ records }) => void submitted.push(records),
    slowNano: 60e9,
    inferOpen: false,
    announced: () => undefined,
    decodeSpans: () => undefined,
    now: () => 5000,
  })
  const decoder = createProtobufTracesDecoder(columns, new ValueInterner())
  const consume = async (...spans: SpanInput[]): Promise<string[]> => {
    submitted.length = 0
    const body = encodeTraces([
      { resource: { 'service.name': 'proxy' }, scopes: [{ name: 'app', spans }] },
    ])
    const { batch } = decoder.decode(body)
    await consumer.consumeTraces(batch, { transport: 'http', encoding: 'protobuf', body })
    const [records] = submitted
    if (records === undefined) return []
    return Array.from({ length: records.count }, (_, row) => {
      const spanId = records.ids[row * 8 + 4]!.toString(16).padStart(8, '0')
      return `${RECORD_ROLES[records.role[row]!]} ${spanId[0]}`
    }).sort()
  }
  return { consume, seen, submitted }
}

const llm = (spanId: string, parentSpanId?: string): SpanInput => ({
  traceId: TRACE,
  spanId: id(spanId),
  ...(parentSpanId === undefined ? {} : { parentSpanId: id(parentSpanId), flags: 0x100 }),
  name: 'chat m',
  kind: 3,
  startUnixNano: 1_000_000_000n,
  endUnixNano: 2_000_000_000n,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' },
})

const other = (spanId: string, parentSpanId?: string): SpanInput => {
  const { attributes: _, ...span } = llm(spanId, parentSpanId)
  return { ...span, name: 'work', kind: 1 }
}

describe('llm_alerting', () => {
  it('keeps what matches, and nothing of what does not', async () => {
    const { consume } = alerting()
    expect(await consume(llm('1'), other('2'), other('3', '2'))).toEqual(['request 1'])
    expect(await consume(other('4'), other('5', '4'))).toEqual([])
  })

  it('keeps the way up from a candidate, in any order within the batch', async () => {
    const { consume } = alerting()
    const spans = [llm('1', '2'), other('2', '3'), other('3', '4'), other('4'), other('5', '4')]
    const kept = ['candidate 1', 'end 4', 'link 2', 'link 3']
    expect(await consume(...spans)).toEqual(kept)
    expect(await consume(...spans.toReversed())).toEqual(kept)
  })

  it('keeps the way up from what waits since earlier batches', async () => {
    const { consume } = alerting((spanId) => spanId === id('2'))
    const kept = ['end 3', 'link 2']
    expect(await consume(other('2', '3'), other('3'), other('7', '3'))).toEqual(kept)
    expect(await consume(other('3'), other('2', '3'))).toEqual(kept)
  })

  it('ends in spite of spans in a circle', async () => {
    const { consume } = alerting()
    expect(await consume(llm('1', '2'), other('2', '3'), other('3', '2'))).toEqual([
      'candidate 1',
      'link 2',
      'link 3',
    ])
  })

  it('tells the watch what each service sent, and when its requests ended', async () => {
    const { consume, seen } = alerting()
    await consume(llm('1'), { ...llm('2'), endUnixNano: 3_000_000_000n }, other('3'))
    await consume(other('4'))
    expect(seen).toEqual([
      { service: 'proxy', spans: 3, requests: 2, ends: { oldestMs: 2000, newestMs: 3000 } },
      { service: 'proxy', spans: 1, requests: 0, ends: undefined },
    ])
  })

  it('gives equal groups as one object, across batches', async () => {
    const { consume, submitted } = alerting()
    await consume(llm('1'))
    const [first] = submitted
    await consume(llm('2'))
    const [second] = submitted
    expect(first?.groups[first.group[0]!]).toEqual(['proxy'])
    expect(second?.groups[second.group[0]!]).toBe(first?.groups[first.group[0]!])
  })

  it('takes a span with a status that ends before it starts as one without duration', async () => {
    const { consume, submitted } = alerting()
    expect(await consume({ ...llm('1'), endUnixNano: 500_000_000n, statusCode: 2 })).toEqual([
      'request 1',
    ])
    expect(submitted[0]?.durationNano[0]).toBe(0)
  })
})
