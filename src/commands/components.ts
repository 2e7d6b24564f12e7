import { EXPORTERS, EXTENSIONS, PROCESSORS, RECEIVERS } from '../pipeline/components.ts'
import { PRESETS } from '../selection/presets.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { formatTable } from './table.ts'

const ROLES = {
  source: 'traces',
  alerting: 'traces in, traces and alerts out',
  takes_alerts: 'alerts',
  takes_spans: 'traces',
  extension: '',
} as const

export const componentsCommand: Command = {
  name: 'components',
  summary: 'lists the components and presets that exist',
  help: '',
  async run({ args, stdout }) {
    parseOptions(args, {})
    const kinds = [
      ['receivers', RECEIVERS],
      ['processors', PROCESSORS],
      ['exporters', EXPORTERS],
      ['extensions', EXTENSIONS],
    ] as const
    for (const [kind, components] of kinds) {
      const rows = components.map(({ type, stability, role, summary }) => [
        type,
        stability,
        ROLES[role],
        summary,
      ])
      stdout(`${kind}\n${formatTable(rows, '  ')}\n`)
    }
    const presets = [...PRESETS.values()].map(({ name, verified }) => [
      name,
      verified ? 'verified: made from recordings' : 'unverified: made from documents and sources',
    ])
    stdout(`presets of llm_alerting (requests: { preset: NAME })\n`)
    stdout(formatTable([['auto', 'all of these, in this order'], ...presets], '  '))
    return 0
  },
}
