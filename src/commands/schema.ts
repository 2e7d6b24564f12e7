import { configJsonSchema } from '../config/json-schema.ts'
import { parseOptions } from './arguments.ts'
import type { Command } from './command.ts'

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'prints the JSON Schema of the configuration, for editors',
  help: '',
  async run({ args, stdout }) {
    parseOptions(args, {})
    stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
    return 0
  },
}
