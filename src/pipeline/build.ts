import { randomInt } from 'node:crypto'
import type { CollectorConfig } from './collector-config.ts'
import { createDelivery } from '../delivery/delivery.ts'
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy } from '../delivery/policy.ts'
import type { Delivery } from '../delivery/contract.ts'
import { createEngine } from '../engine/engine.ts'
import { createDebugExporter } from '../exporter/debug/exporter.ts'
import { createPagerDutyExporter } from '../exporter/pagerduty/exporter.ts'
import { createHost } from '../host/host.ts'
import { createMemoryJournal } from '../journal/memory.ts'
import type { Part } from '../lib/lifecycle.ts'
import { createAttributeColumns } from '../model/attribute-columns.ts'
import type { Clock } from '../model/clock.ts'
import type {
  AlertExporter,
  LogsConsumer,
  RawRequest,
  Signal,
  TracesConsumer,
} from '../model/component.ts'
import type { Journal } from '../model/journal.ts'
import type { LogBatch } from '../model/log.ts'
import type { AttributeColumns, SpanBatch } from '../model/span.ts'
import type { EngineView } from '../model/status.ts'
import type { Telemetry } from '../model/telemetry.ts'
import { createLlmAlerting } from '../processor/llm_alerting/processor.ts'
import { createProducerWatch } from '../processor/llm_alerting/producer-watch.ts'
import { createOtlpReceiver, type OtlpReceiver } from '../receiver/otlp/receiver.ts'
import { createSelection } from '../selection/selection.ts'
import type { ExporterSettings, ProcessorSettings } from './components.ts'
import { createDecodeSpans } from './decode-spans.ts'
import { fanOut } from './fan-out.ts'

export interface BuildSetup {
  readonly config: CollectorConfig
  readonly telemetry: Telemetry
  readonly clock: Clock
  /** Takes what the debug exporter prints, without line ends. */
  readonly print: (line: string) => void
}

/** Components wired as the configuration says; nothing runs yet. */
export interface Built {
  /** In the order of starting: what is downstream first, receivers last. */
  readonly parts: readonly Part[]
  readonly receivers: ReadonlyMap<string, OtlpReceiver>
  readonly engines: readonly EngineView[]
  readonly delivery: Delivery
}

type Consumer = TracesConsumer & LogsConsumer

/** The one place where configuration becomes components that know each other. */
export function buildPipelines(setup: BuildSetup): Built {
  const { config, telemetry, clock } = setup
  const columns = createAttributeColumns()
  const journal = createMemoryJournal()
  const exporters = new Map(
    config.exporters.map((settings) => [settings.id, createAlertExporter(settings, setup)]),
  )
  const delivery = createDelivery({
    routes: new Map(config.processors.map(({ id }) => [id, exportersOf(id, config)])),
    exporters,
    journal,
    clock,
    random: Math.random,
    telemetry: telemetry.delivery,
  })
  const alerting = config.processors.map((settings) =>
    createAlerting(settings, { ...setup, columns, journal, delivery }),
  )
  const consumers = new Map(alerting.map(({ id, consumer }) => [id, consumer]))
  const receivers = new Map(
    config.receivers.map(({ id, options }) => {
      const downstream = downstreamOf(id, config, consumers)
      return [
        id,
        createOtlpReceiver({ id, options, columns, ...downstream, telemetry: telemetry.receiver }),
      ]
    }),
  )
  columns.freeze()
  return {
    receivers,
    delivery,
    engines: alerting.map(({ view }) => view),
    parts: [
      ...[...exporters].map(([name, { exporter }]) => ({ name, part: exporter })),
      {
        name: 'delivery',
        part: {
          start: async () => delivery.start(),
          shutdown: (signal) => delivery.shutdown(signal),
        },
      },
      ...alerting.map(({ id, part }) => ({ name: id, part })),
      ...[...receivers].map(([name, part]) => ({ name, part })),
    ],
  }
}

function createAlertExporter(
  settings: ExporterSettings,
  { clock, print }: BuildSetup,
): { exporter: AlertExporter; policy: DeliveryPolicy } {
  switch (settings.type) {
    case 'pagerduty': {
      const { options, latePages } = settings
      return {
        exporter: createPagerDutyExporter({ options, now: () => clock.now() }),
        policy: { ...DEFAULT_DELIVERY_POLICY, latePages },
      }
    }
    case 'debug':
      return {
        exporter: createDebugExporter({ write: print }),
        policy: { ...DEFAULT_DELIVERY_POLICY, attemptsPerMinute: undefined },
      }
  }
}

/** One `llm_alerting`: selection, engine and host. */
function createAlerting(
  { id, options }: ProcessorSettings,
  setup: BuildSetup & {
    readonly columns: AttributeColumns
    readonly journal: Journal
    readonly delivery: Delivery
  },
): { id: string; consumer: Consumer; view: EngineView; part: Part['part'] } {
  const { clock, columns, journal, delivery } = setup
  const telemetry = setup.telemetry.processor
  const engine = createEngine(
    { requests: options.requests, rules: options.rules, hashSeed: randomInt(2 ** 32) },
    Math.floor(clock.now()),
  )
  const host = createHost({
    processor: id,
    engine,
    journal,
    clock,
    onChanges: (position, entry) => delivery.accept(position, entry),
    telemetry,
  })
  const consumer = createLlmAlerting({
    selection: createSelection(options.selection, columns),
    columns,
    watch: createProducerWatch({
      processor: id,
      preset: options.preset,
      maxLatenessMs: options.requests.maxLatenessMs,
      telemetry,
    }),
    waitsFor: (t0, t1, t2, t3, s0, s1) => engine.waitsFor(t0, t1, t2, t3, s0, s1),
    slowNano: options.requests.slowNano,
    inferOpen: options.requests.inferOpen,
    announced: (form, result) => telemetry.announced(id, form, result),
    decodeSpans: createDecodeSpans(columns),
    submit: (arrivals) => host.submit(arrivals),
    now: () => clock.now(),
  })
  return {
    id,
    consumer,
    view: {
      processor: id,
      name: options.rules.name,
      rules: options.rules.rules.map(({ name }) => name),
      counters: engine.counters,
      status: () => engine.status(),
    },
    part: { start: async () => host.start(), shutdown: () => host.shutdown() },
  }
}

/** Ids of the exporters that hear of a processor's alerts, in all its pipelines. */
function exportersOf(processor: string, { pipelines }: CollectorConfig): string[] {
  const own = pipelines.filter(({ processors }) => processors.includes(processor))
  return [...new Set(own.flatMap(({ exporters }) => exporters))]
}

/** What a receiver gives its spans and log records to; nothing for a signal without a pipeline. */
function downstreamOf(
  receiver: string,
  { pipelines }: CollectorConfig,
  consumers: ReadonlyMap<string, Consumer>,
): { traces?: TracesConsumer; logs?: LogsConsumer } {
  /** Each once, in however many pipelines. */
  const of = (signal: Signal): Consumer[] | undefined => {
    const own = pipelines.filter(
      (pipeline) => pipeline.signal === signal && pipeline.receivers.includes(receiver),
    )
    if (own.length === 0) return undefined
    const ids = new Set(own.flatMap(({ processors }) => processors))
    return [...ids].map((id) => consumers.get(id)!)
  }
  const traces = of('traces')
  const logs = of('logs')
  return {
    ...(traces && {
      traces: {
        consumeTraces: fanOut(
          traces.map((to) => (batch: SpanBatch, raw: RawRequest) => to.consumeTraces(batch, raw)),
        ),
      },
    }),
    ...(logs && {
      logs: {
        consumeLogs: fanOut(logs.map((to) => (batch: LogBatch) => to.consumeLogs(batch))),
      },
    }),
  }
}
