import { randomInt } from 'node:crypto'
import { createDelivery } from '../../delivery/delivery.ts'
import { DEFAULT_DELIVERY_POLICY } from '../../delivery/policy.ts'
import { createEngine } from '../../engine/engine.ts'
import { createPagerDutyExporter } from '../../exporter/pagerduty/exporter.ts'
import { createHost } from '../../host/host.ts'
import { createMemoryJournal } from '../../journal/memory.ts'
import { createSystemClock } from '../../lib/system-clock.ts'
import type { AlertExporter } from '../../model/component.ts'
import type { Engine } from '../../model/engine.ts'
import type { Arrivals } from '../../model/journal.ts'
import { withoutTracing } from '../otel-api.ts'
import type { Reporter } from '../reporter.ts'
import type { SdkResource } from '../sdk-span.ts'
import { instanceOf } from './instance.ts'
import type { CompleteAlone } from './options.ts'
import { createDiagTelemetry, reportLosses } from './telemetry.ts'

/** As the collector names its own, so that what both say is read alike. */
const PROCESSOR = 'llm_alerting'
const EXPORTER = 'pagerduty'

/** The engine and all that stands behind it in a collector, in this process. */
export interface Pager {
  readonly waitsFor: Engine['waitsFor']
  submit(arrivals: Arrivals): Promise<void>
  /** Tries once more what is pending, until `signal` aborts, and says what is lost. */
  shutdown(signal: AbortSignal): Promise<void>
}

/** Wires and starts it. `resource` says which process this is. */
export async function startPager(
  options: CompleteAlone,
  resource: SdkResource,
  reporter: Reporter,
): Promise<Pager> {
  const { alerting, pagerDuty, latePages } = options
  const instance = options.instance ?? instanceOf(resource)
  const { name } = alerting.rules
  const rules = { ...alerting.rules, name: instance === false ? name : `${name}@${instance}` }
  const clock = createSystemClock()
  const journal = createMemoryJournal()
  const telemetry = createDiagTelemetry(reporter)
  const exporter = untraced(createPagerDutyExporter({ options: pagerDuty, now: () => clock.now() }))
  const delivery = createDelivery({
    routes: new Map([[PROCESSOR, [EXPORTER]]]),
    exporters: new Map([
      [EXPORTER, { exporter, policy: { ...DEFAULT_DELIVERY_POLICY, latePages } }],
    ]),
    journal,
    clock,
    random: Math.random,
    telemetry: telemetry.delivery,
  })
  const engine = createEngine(
    { requests: alerting.requests, rules, hashSeed: randomInt(2 ** 32) },
    Math.floor(clock.now()),
  )
  const host = createHost({
    processor: PROCESSOR,
    engine,
    journal,
    clock,
    onChanges: (position, entry) => {
      delivery.accept(position, entry)
    },
    telemetry: telemetry.processor,
  })
  await exporter.start()
  delivery.start()
  host.start()
  return {
    waitsFor: (...words) => engine.waitsFor(...words),
    submit: (arrivals) => host.submit(arrivals),
    async shutdown(signal) {
      await host.shutdown()
      await delivery.shutdown(signal)
      await exporter.shutdown(signal)
      reportLosses(reporter, delivery.pending(), engine.status())
    },
  }
}

/** Else an instrumentation of HTTP clients would make spans of our pages. */
function untraced(exporter: AlertExporter): AlertExporter {
  return {
    start: () => exporter.start(),
    attempt: (event, signal) => withoutTracing(() => exporter.attempt(event, signal)),
    shutdown: (signal) => exporter.shutdown(signal),
  }
}
