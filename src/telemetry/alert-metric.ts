import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
} from '@opentelemetry/sdk-metrics'
import type { AlertStatus } from '../model/alert.ts'
import type { EngineView } from '../model/status.ts'
import { processorLabel } from './engine-metrics.ts'

/**
 * `spanpager_alert_firing`: 1 while a rule has an open episode for a group, else 0.
 *
 * Made by hand and not by an observable gauge: the SDK keeps on reporting every series that was ever
 * observed at its last value, and groups come and go.
 */
export function alertMetric(engines: readonly EngineView[]): GaugeMetricData {
  return {
    descriptor: {
      name: 'spanpager_alert_firing',
      description: 'Whether a rule has an open episode for a group (1) or not (0).',
      unit: '',
      valueType: ValueType.INT,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: engines.flatMap((engine) =>
      engine.status().map((alert) => ({
        startTime: [0, 0],
        endTime: [0, 0],
        attributes: {
          ...processorLabel(engine.processor),
          rule: alert.rule,
          ...groupLabels(alert.group),
        },
        value: alert.state === 'firing' || alert.state === 'recovering' ? 1 : 0,
      })),
    ),
  }
}

const OWN_LABELS: ReadonlySet<string> = new Set(['processor', 'rule'])

/**
 * Attribute keys as label names: `service.name` becomes `service_name`. Two keys that become the same
 * are told apart by a number, and one that would be a label of ours gets a prefix.
 */
function groupLabels(group: AlertStatus['group']): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const { key, value } of group) {
    const base = labelName(key)
    let name = base
    for (let i = 2; Object.hasOwn(labels, name); i++) name = `${base}_${i}`
    labels[name] = value
  }
  return labels
}

function labelName(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_').replaceAll(/_{2,}/g, '_')
  return /^\d/.test(name) || name === '' || OWN_LABELS.has(name) ? `group_${name}` : name
}
