import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../../src/model/attribute-columns.ts'
import { createLlmAlerting } from '../../../src/processor/llm_alerting/processor.ts'
import { createTracesDecoders } from '../../../src/receiver/otlp/decoders.ts'
import { DEFAULT_LLM_ROUTES } from '../../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../../src/selection/outcome.ts'
import { resolvePresets } from '../../../src/selection/presets.ts'
import { createSelection } from '../../../src/selection/selection.ts'
import { loadRecordings, type Recording } from '../../helpers/recordings.ts'
import { runRequests } from '../../helpers/requests-run.ts'
import { templateOf } from '../../helpers/template.ts'

const HANG_NANO = 7e9
const START = 1_000_000
const recordings = loadRecordings()

/** A good recording of the same LiteLLM, to learn from what kinds of children requests have. */
function lessonFor({ name }: Recording): Recording {
  const flavour = name.slice(name.indexOf('.') + 1)
  const good = recordings.filter((other) => other.name.startsWith('success'))
  const [generation] = flavour.split('-')
  return (
    good.find((other) => other.name.endsWith(`.${flavour}`)) ??
    good.find((other) => other.name === `success.${generation}`)!
  )
}

/** From bytes to the requests stage, the clock in the hands of the test. */
function pipeline(preset: string) {
  const run = runRequests({ slowNano: HANG_NANO, inferOpen: true })
  const columns = createAttributeColumns()
  let nowMs = START
  const alerting = createLlmAlerting({
    selection: createSelection(
      {
        presets: resolvePresets({ preset }),
        groupKeys: ['service.name'],
        outcomes: DEFAULT_OUTCOMES,
        llmRoutes: DEFAULT_LLM_ROUTES,
      },
      columns,
    ),
    columns,
    watch: { saw: () => undefined },
    waitsFor: (...words) => run.stage.waitsFor(...words),
    submit: async (arrivals) => run.stage.apply(arrivals, nowMs),
    slowNano: HANG_NANO,
    inferOpen: true,
    announced: () => undefined,
    decodeSpans: () => undefined,
    now: () => nowMs,
  })
  const decoders = createTracesDecoders(columns)

  /** Replays a recording with ids of its own, its exports as far apart as they were. */
  async function replay({ exports }: Recording, copy: number, atMs: number): Promise<void> {
    const [first] = exports
    if (first === undefined) return
    for (const { encoding, body, spans, arrivedMs } of exports) {
      nowMs = atMs + Math.round(arrivedMs - first.arrivedMs)
      run.at(nowMs)
      const bytes = encoding === 'protobuf' ? templateOf(body, spans).next(copy, nowMs) : body
      const { batch } = decoders[encoding].decode(bytes)
      await alerting.consumeTraces(batch, { transport: 'http', encoding, body: bytes })
    }
  }

  return { run, replay }
}

describe.each(['litellm', 'auto'])('inference of open requests, preset %s', (preset) => {
  const binary = recordings.filter(({ exports }) =>
    exports.every(({ encoding }) => encoding === 'protobuf'),
  )

  it.each(binary)('$name: as many as hung, and no other', async (recording) => {
    const { run, replay } = pipeline(preset)
    const lesson = lessonFor(recording)
    for (let copy = 1; copy <= 50; copy += 1) {
      await replay(lesson, copy, START + copy * 10_000)
    }
    await replay(recording, 1000, START + 1_000_000)
    run.at(START + 1_300_000)
    const { orphans } = recording.expected
    expect(run.counters.open).toMatchObject({ inferred: orphans, inferredWrongly: 0 })
    expect([...run.open.values()].filter(({ evidence }) => evidence === 'inferred').length).toBe(
      orphans,
    )
  })
})
