import { packageVersion } from '../lib/package-version.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'prints the version',
  help: '',
  async run({ args, stdout }) {
    parseOptions(args, {})
    stdout(`spanpager ${packageVersion()}\n`)
    return 0
  },
}
