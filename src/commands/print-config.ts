import { stringify } from 'yaml'
import { maskedConfig } from '../config/mask.ts'
import { readConfig } from '../config/read.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'
import { CONFIG_HELP, CONFIG_OPTIONS, configSources, sayFaults } from './read-config.ts'

export const printConfigCommand: Command = {
  name: 'print-config',
  summary: 'prints the configuration, merged and expanded, secrets masked',
  help: CONFIG_HELP,
  async run(context) {
    const values = parseOptions(context.args, CONFIG_OPTIONS)
    const { tree, faults } = readConfig(configSources(context, values))
    // Also with faults: seeing what came together is how they are found.
    if (tree.kind === 'map') context.stdout(stringify(maskedConfig(tree), { lineWidth: 0 }))
    if (faults.length === 0) return 0
    sayFaults(context, faults)
    return 2
  },
}
