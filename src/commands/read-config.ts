import { type ConfigSources } from '../config/read.ts'
import { type Fault, formatFault } from '../config/fault.ts'
import { type LoadResult, loadConfig } from '../config/load.ts'
import type { CommandContext } from './command.ts'

/** Options of every command that reads a configuration. */
export const CONFIG_OPTIONS = {
  config: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
} as const

export const CONFIG_HELP = `  --config FILE    configuration; may be repeated: maps merge, lists replace
                   (default ./otel-config.yaml)
  --set a.b=VALUE  sets one value on top; may be repeated`

const DEFAULT_CONFIG_FILE = 'otel-config.yaml'

interface ConfigValues {
  readonly config?: readonly string[] | undefined
  readonly set?: readonly string[] | undefined
}

export function configSources(context: CommandContext, values: ConfigValues): ConfigSources {
  return {
    files: values.config ?? [DEFAULT_CONFIG_FILE],
    sets: values.set ?? [],
    env: context.env,
    readFile: context.readFile,
  }
}

/** Loads the configuration and says what is wrong with it; undefined when there are faults. */
export function readConfigOrSay(
  context: CommandContext,
  values: ConfigValues,
): Extract<LoadResult, { kind: 'ok' }> | undefined {
  const loaded = readConfigOrSayFaults(context, values)
  if (loaded !== undefined) sayWarnings(context, loaded.warnings)
  return loaded
}

/** The same, but of a configuration without faults it leaves the warnings to whoever called it. */
export function readConfigOrSayFaults(
  context: CommandContext,
  values: ConfigValues,
): Extract<LoadResult, { kind: 'ok' }> | undefined {
  const loaded = loadConfig(configSources(context, values))
  if (loaded.kind === 'ok') return loaded
  sayWarnings(context, loaded.warnings)
  sayFaults(context, loaded.faults)
  return undefined
}

function sayWarnings(context: CommandContext, warnings: readonly Fault[]): void {
  for (const warning of warnings) context.stderr(`warning: ${formatFault(warning)}\n`)
}

export function sayFaults(context: CommandContext, faults: readonly Fault[]): void {
  for (const fault of faults) context.stderr(`error: ${formatFault(fault)}\n`)
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  context.stderr(`spanpager: the configuration has ${count}; nothing was started\n`)
}
