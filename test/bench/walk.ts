/**
 * The walk against protobufjs reflection, on the same bytes, interleaved in one run:
 *
 *     node test/bench/walk.ts
 */

import { parseArgs } from 'node:util'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { AttributeColumns } from '../../src/model/span.ts'
import { createJsonTracesDecoder } from '../../src/receiver/otlp/json/traces.ts'
import { ValueInterner } from '../../src/receiver/otlp/values.ts'
import { createProtobufTracesDecoder } from '../../src/receiver/otlp/wire/traces.ts'
import { encodeTraces, encodeTracesJson, traceRequestType } from '../helpers/otlp.ts'
import type { Shape } from './shapes.ts'
import { BATCH_SPANS, tracesOf } from './shapes.ts'

export interface WalkFigure {
  readonly name: string
  /** Per second of CPU time; median of the rounds. */
  readonly spansPerSecond: number
  /** To protobufjs reflection decoding the protobuf form of the same spans. */
  readonly ratio: number
  /** Bytes of heap allocated per span; absent for the reference. */
  readonly heapPerSpan?: number
}

/** What rules of the shipped kind ask for. */
const WANTED = [
  'service.name',
  'service.instance.id',
  'deployment.environment.name',
  'gen_ai.operation.name',
  'gen_ai.system',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.response.time_to_first_chunk',
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.status_code',
  'http.route',
  'http.target',
  'url.path',
  'llm.request.type',
  'metadata.user_api_key_team_alias',
  'metadata.user_api_key_alias',
  'openinference.span.kind',
  'llm.model_name',
  'llm.provider',
  'llm.is_streaming',
  'traceloop.span.kind',
]

const BATCHES = 4
const ROUNDS = 9

/** Decodes `BATCHES` different batches per round; about 5 s in all. */
export function measureWalk(shape: Shape): readonly WalkFigure[] {
  const inputs = Array.from({ length: BATCHES }, (_, seed) =>
    tracesOf(shape, BATCH_SPANS, seed + 1),
  )
  const protobuf = inputs.map(encodeTraces)
  const json = inputs.map(encodeTracesJson)
  const walk = createProtobufTracesDecoder(wantedColumns(), new ValueInterner())
  const scan = createJsonTracesDecoder(wantedColumns(), new ValueInterner())
  const reflection = traceRequestType()
  const ways = [
    {
      name: 'protobufjs',
      bodies: protobuf,
      decode: (body: Uint8Array) => void reflection.decode(body),
    },
    { name: 'walk', bodies: protobuf, decode: (body: Uint8Array) => void walk.decode(body) },
    { name: 'json', bodies: json, decode: (body: Uint8Array) => void scan.decode(body) },
  ]
  const rates: number[][] = ways.map(() => [])
  for (let round = -2; round < ROUNDS; round++) {
    for (const [index, way] of ways.entries()) {
      const rate = rateOf(way.decode, way.bodies)
      if (round >= 0) rates[index]!.push(rate)
    }
  }
  const reference = median(rates[0]!)
  return ways.map((way, index) => {
    const spansPerSecond = Math.round(median(rates[index]!))
    const figure = {
      name: `${way.name} ${shape}`,
      spansPerSecond,
      ratio: Math.round((spansPerSecond / reference) * 10) / 10,
    }
    return index === 0 ? figure : { ...figure, heapPerSpan: heapPerSpan(way.decode, way.bodies) }
  })
}

function wantedColumns(): AttributeColumns {
  const columns = createAttributeColumns()
  for (const key of WANTED) columns.of(key)
  return columns
}

/** Per second of CPU time, which a busy machine disturbs less than the clock. */
function rateOf(decode: (body: Uint8Array) => void, bodies: readonly Uint8Array[]): number {
  const started = process.cpuUsage()
  let spans = 0
  let seconds: number
  // Long enough for a fair share of collections.
  do {
    for (const body of bodies) decode(body)
    spans += bodies.length * BATCH_SPANS
    const { user, system } = process.cpuUsage(started)
    seconds = (user + system) / 1e6
  } while (seconds < 0.15)
  return spans / seconds
}

/** Median over batches: one in which a collection ran is an outlier. */
function heapPerSpan(decode: (body: Uint8Array) => void, bodies: readonly Uint8Array[]): number {
  const grown = bodies.map((body) => {
    const before = process.memoryUsage().heapUsed
    decode(body)
    return process.memoryUsage().heapUsed - before
  })
  return Math.round((median(grown) / BATCH_SPANS) * 10) / 10
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { shape: { type: 'string' } } })
  for (const shape of ['full', 'lean'] as const) {
    if (values.shape === undefined || values.shape === shape) console.table(measureWalk(shape))
  }
}
