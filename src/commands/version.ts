import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'

/** Two folders up, from src/commands as from dist/commands. */
const PACKAGE = new URL('../../package.json', import.meta.url)

const packageJson = z.object({ version: z.string() })

export const versionCommand: Command = {
  name: 'version',
  summary: 'prints the version',
  help: '',
  async run({ args, stdout, readFile }) {
    parseOptions(args, {})
    const { version } = packageJson.parse(JSON.parse(readFile(fileURLToPath(PACKAGE))))
    stdout(`spanpager ${version}\n`)
    return 0
  },
}
