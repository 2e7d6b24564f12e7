/**
 * What a request of a real LiteLLM costs: from its recorded bytes to decided requests, and in the
 * journal. The mix is that of the recordings, about eight spans a request.
 *
 *     node test/bench/recordings.ts
 */

import { createEngine } from '../../src/engine/engine.ts'
import { encodeEntry } from '../../src/journal/codec/entry.ts'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { RecordsEntry } from '../../src/model/journal.ts'
import { createLlmAlerting } from '../../src/processor/llm_alerting/processor.ts'
import { createTracesDecoders } from '../../src/receiver/otlp/decoders.ts'
import { createSelection } from '../../src/selection/selection.ts'
import { processorOptions } from '../helpers/processor-options.ts'
import { loadRecordings } from '../helpers/recordings.ts'
import { type Template, templateOf } from '../helpers/template.ts'

export interface RecordingsFigure {
  readonly name: string
  readonly spansPerRequest: number
  /** CPU time, all steps from bytes to windows. */
  readonly microsPerSpan: number
  readonly recordsPerRequest: number
  readonly journalBytesPerSpan: number
  readonly journalMicrosPerSpan: number
}

const ROUNDS = 4_000
/** Not measured: the compiler is at work. */
const WARM_UP = 1_000

export async function measureRecordings(): Promise<readonly RecordingsFigure[]> {
  const figures: RecordingsFigure[] = []
  for (const flavour of ['v1', 'v2']) {
    const recordings = loadRecordings().filter(
      ({ name, exports }) =>
        name.endsWith(`.${flavour}`) && exports.every(({ encoding }) => encoding === 'protobuf'),
    )
    const templates = recordings.flatMap(({ exports }) =>
      exports.map(({ body, spans }) => templateOf(body, spans)),
    )
    figures.push(await measure(`litellm ${flavour}`, templates))
  }
  return figures
}

async function measure(name: string, templates: readonly Template[]): Promise<RecordingsFigure> {
  const options = processorOptions()
  const columns = createAttributeColumns()
  const engine = createEngine({ ...options, hashSeed: 1 }, Date.now())
  const entries: RecordsEntry[] = []
  let records = 0
  const alerting = createLlmAlerting({
    selection: createSelection(options.selection, columns),
    columns,
    watch: { saw: () => undefined },
    waitsFor: (t0, t1, t2, t3, s0, s1) => engine.waitsFor(t0, t1, t2, t3, s0, s1),
    submit: async (arrivals) => {
      const entry = {
        kind: 'records',
        processor: 'llm_alerting',
        timeMs: Date.now(),
        ...arrivals,
      } as const
      engine.apply(entry)
      records += arrivals.records.count
      if (entries.length < 2_000) entries.push(entry)
    },
    slowNano: options.requests.slowNano,
    inferOpen: false,
    announced: () => undefined,
    decodeSpans: () => undefined,
    now: Date.now,
  })
  const { protobuf } = createTracesDecoders(columns)
  const templateAt = (turn: number): Template => templates[turn % templates.length]!
  const bodies = Array.from({ length: WARM_UP + ROUNDS }, (_, turn) => templateAt(turn).next(turn))
  const take = async (from: number, to: number): Promise<void> => {
    for (const body of bodies.slice(from, to)) {
      const { batch } = protobuf.decode(body)
      await alerting.consumeTraces(batch, { transport: 'http', encoding: 'protobuf', body })
    }
  }
  await take(0, WARM_UP)
  const before = Object.values(engine.counters.requests).reduce((a, b) => a + b, 0)
  entries.length = 0
  records = 0
  let spans = 0
  for (let turn = WARM_UP; turn < WARM_UP + ROUNDS; turn += 1) spans += templateAt(turn).spans
  const started = process.cpuUsage()
  await take(WARM_UP, WARM_UP + ROUNDS)
  const cpu = process.cpuUsage(started)
  const requests = Object.values(engine.counters.requests).reduce((a, b) => a + b, 0) - before
  const encoding = process.cpuUsage()
  const bytes = entries.reduce((sum, entry) => sum + encodeEntry(entry).length, 0)
  const encoded = process.cpuUsage(encoding)
  const spansOfEntries = (spans * entries.length) / ROUNDS
  return {
    name,
    spansPerRequest: round(spans / requests),
    microsPerSpan: round((cpu.user + cpu.system) / spans),
    recordsPerRequest: round(records / requests),
    journalBytesPerSpan: round(bytes / spansOfEntries),
    journalMicrosPerSpan: round((encoded.user + encoded.system) / spansOfEntries),
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

if (import.meta.main) console.table(await measureRecordings())
