import { EXPORTERS, EXTENSIONS, PROCESSORS, RECEIVERS } from '../pipeline/components.ts'
import { checkComponents, SECTIONS } from './check-components.ts'
import { checkNames } from './check-names.ts'
import { checkPipelines } from './check-pipelines.ts'
import type { CollectorConfig } from '../pipeline/collector-config.ts'
import { type Fault, inReadingOrder } from './fault.ts'
import { issuesToFaults, unknownKey } from './issues.ts'
import { type ConfigSources, readConfig } from './read.ts'
import { plain } from './schema-walk.ts'
import { secretsOf } from './secrets.ts'
import { type ServiceConfig, serviceConfig } from './service-config.ts'
import { signalOf } from './signal.ts'
import { placeOf, type TreeNode } from './tree.ts'

export type LoadResult =
  | {
      readonly kind: 'ok'
      readonly config: CollectorConfig
      readonly warnings: readonly Fault[]
      /** What it was made of, with places: for saying where a value comes from. */
      readonly tree: TreeNode
    }
  | {
      readonly kind: 'faults'
      readonly faults: readonly Fault[]
      readonly warnings: readonly Fault[]
    }

/** Reads and checks a configuration. All its faults come together. */
export function loadConfig(sources: ConfigSources): LoadResult {
  const { tree, faults: read } = readConfig(sources)
  const report = { faults: [...read], warnings: [] as Fault[] }
  const checked = tree.kind === 'map' ? check(tree, report) : undefined
  const warnings = inReadingOrder(report.warnings)
  if (checked === undefined || report.faults.length > 0) {
    return { kind: 'faults', faults: inReadingOrder(report.faults), warnings }
  }
  return { kind: 'ok', config: checked, warnings, tree }
}

function check(
  tree: TreeNode & { kind: 'map' },
  report: { readonly faults: Fault[]; readonly warnings: Fault[] },
): CollectorConfig | undefined {
  const allowed = [...SECTIONS, 'service']
  for (const key of tree.entries.keys()) {
    if (!allowed.includes(key)) report.faults.push(unknownKey(tree, [key], allowed))
  }
  const receivers = checkComponents(tree, 'receivers', RECEIVERS, report)
  const processors = checkComponents(tree, 'processors', PROCESSORS, report)
  const exporters = checkComponents(tree, 'exporters', EXPORTERS, report)
  const extensions = checkComponents(tree, 'extensions', EXTENSIONS, report)
  checkNames(tree, processors.components, report.faults)
  checkPipelines(
    tree,
    {
      receivers: receivers.components,
      processors: processors.components,
      exporters: exporters.components,
      extensions: extensions.components,
    },
    report,
  )
  const service = checkService(tree, report.faults)
  if (service === undefined) return undefined
  const pipelines = Object.entries(service.pipelines).flatMap(([id, pipeline]) => {
    const signal = signalOf(id)
    // Another one is a fault already.
    return signal === undefined ? [] : [{ id, signal, ...pipeline }]
  })
  const pick = <T>(settings: ReadonlyMap<string, T>, ids: readonly string[]): T[] =>
    [...new Set(ids)].flatMap((id) => settings.get(id) ?? [])
  return {
    receivers: pick(
      receivers.settings,
      pipelines.flatMap((pipeline) => pipeline.receivers),
    ),
    processors: pick(
      processors.settings,
      pipelines.flatMap((pipeline) => pipeline.processors),
    ),
    exporters: pick(
      exporters.settings,
      pipelines.flatMap((pipeline) => pipeline.exporters),
    ),
    extensions: pick(extensions.settings, service.extensions),
    pipelines,
    logs: service.telemetry.logs,
    metrics:
      service.telemetry.metrics.level === 'none'
        ? []
        : service.telemetry.metrics.readers.map(({ pull }) => pull.exporter.prometheus),
    shutdownTimeoutMs: service.shutdown_timeout,
    secrets: secretsOf(tree),
  }
}

function checkService(
  tree: TreeNode & { kind: 'map' },
  faults: Fault[],
): ServiceConfig | undefined {
  const node = tree.entries.get('service')?.value
  if (node === undefined) {
    const place = placeOf(tree, [])
    faults.push({
      code: 'missing',
      place,
      path: ['service'],
      message: 'is missing',
      hint: PIPELINE,
    })
    return undefined
  }
  const parsed = serviceConfig.safeParse(plain(node, serviceConfig))
  if (parsed.success) return parsed.data
  faults.push(...issuesToFaults(parsed.error.issues, serviceConfig, tree, ['service']))
  return undefined
}

const PIPELINE =
  'at least: service: { pipelines: { traces: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty] } } }'
