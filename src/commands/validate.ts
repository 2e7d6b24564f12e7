import { effectiveValues } from '../config/effective.ts'
import { SECTIONS } from '../config/check-components.ts'
import { formatPath } from '../config/fault.ts'
import type { LoadResult } from '../config/load.ts'
import { originOf } from '../config/origin.ts'
import { plain } from '../config/schema-walk.ts'
import { schemaOf } from '../config/secrets.ts'
import { serviceConfig } from '../config/service-config.ts'
import { nodeAt, type Path } from '../config/tree.ts'
import { type LlmAlertingConfig, llmAlertingConfig } from '../processor/llm_alerting/config.ts'
import { EXPLAINED_KEYS, explainValues } from '../processor/llm_alerting/explain.ts'
import { withoutEffect } from '../processor/llm_alerting/options.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, readConfigOrSay } from './read-config.ts'
import { formatTable } from './table.ts'

type Schema = NonNullable<ReturnType<typeof schemaOf>>
type Loaded = Extract<LoadResult, { kind: 'ok' }>

export const validateCommand: Command = {
  name: 'validate',
  summary: 'checks a configuration; prints every value in force and where it comes from',
  help: CONFIG_HELP,
  async run(context) {
    const loaded = readConfigOrSay(context, parseOptions(context.args, CONFIG_OPTIONS))
    if (loaded === undefined) return 2
    for (const [title, values] of effectiveSections(loaded)) {
      context.stdout(`${title}\n`)
      const rows = values.map(({ name, value, origin }) => [name, value, origin])
      context.stdout(`${formatTable(rows, '  ')}\n`)
    }
    context.stdout('The configuration is valid.\n')
    return 0
  },
}

interface Row {
  readonly name: string
  readonly value: string
  readonly origin: string
}

/** Component by component, what is in force; names below the component. */
function effectiveSections({ tree, config }: Loaded): [string, Row[]][] {
  const sections: [string, Row[]][] = []
  const rowsOf = (path: Path, schema: Schema): Row[] =>
    effectiveValues(tree, path, schema, config.secrets).map((value) => ({
      ...value,
      name: formatPath(value.path.slice(path.length)),
    }))
  for (const section of SECTIONS) {
    for (const { id, type } of config[section]) {
      const path = [section, id]
      const rows = rowsOf(path, schemaOf(section, id)!)
      if (type !== 'llm_alerting') {
        sections.push([`${section}.${id}`, rows])
        continue
      }
      const alerting = configOf(tree, path)
      // What something else outranks is not in force.
      const idle = new Set(withoutEffect(alerting).map((warning) => formatPath(warning.path)))
      const others = rows.filter(({ name }) => !isExplained(name) && !idle.has(name))
      sections.push([`${section}.${id}`, [...others, ...explainedRows(tree, path, alerting)]])
    }
  }
  return [...sections, ['service', rowsOf(['service'], serviceConfig)]]
}

function isExplained(name: string): boolean {
  return EXPLAINED_KEYS.some(
    (key) => name.startsWith(key) && /^[.[]|^$/.test(name.slice(key.length)),
  )
}

function configOf(tree: Loaded['tree'], path: Path): LlmAlertingConfig {
  const node = nodeAt(tree, path)
  return llmAlertingConfig.parse(node === undefined ? {} : plain(node, llmAlertingConfig))
}

function explainedRows(tree: Loaded['tree'], path: Path, config: LlmAlertingConfig): Row[] {
  return explainValues(config).map(({ name, value, writtenAt, otherwise }) => {
    const at = writtenAt
      .map((below) => originOf(tree, [...path, ...below]))
      .find((origin) => origin !== 'default')
    return { name, value, origin: at ?? otherwise }
  })
}
