import { nearest } from '../lib/edit-distance.ts'
import { UsageError } from './arguments.ts'
import type { Command, CommandContext, ExitCode } from './command.ts'
import { componentsCommand } from './components.ts'
import { printConfigCommand } from './print-config.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'
import { statusCommand } from './status.ts'
import { formatTable } from './table.ts'
import { testPageCommand } from './test-page.ts'
import { validateCommand } from './validate.ts'
import { versionCommand } from './version.ts'

const COMMANDS: readonly Command[] = [
  runCommand,
  validateCommand,
  statusCommand,
  testPageCommand,
  printConfigCommand,
  componentsCommand,
  schemaCommand,
  versionCommand,
]

/** Does what the command line asks for: `[command] [options]`; without a command, `run`. */
export async function main(context: CommandContext): Promise<ExitCode> {
  try {
    return await dispatch(context)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    context.stderr(`spanpager: ${message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch(context: CommandContext): Promise<ExitCode> {
  const [first, ...rest] = context.args
  const named = first !== undefined && !first.startsWith('-')
  const help = first === 'help' || context.args.some((arg) => arg === '--help' || arg === '-h')
  if (help) {
    const topic =
      first === 'help' ? rest.find((arg) => !arg.startsWith('-')) : named ? first : undefined
    context.stdout(topic === undefined ? overview() : helpOf(commandOf(topic)))
    return 0
  }
  if (first === '--version' || first === '-v') return versionCommand.run({ ...context, args: rest })
  const command = named ? commandOf(first) : runCommand
  return command.run({ ...context, args: named ? rest : context.args })
}

function commandOf(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name)
  if (found !== undefined) return found
  const names = [...COMMANDS.map((command) => command.name), 'help']
  const near = nearest(name, names)
  const guess = near === undefined ? '' : `did you mean ${near}? `
  throw new UsageError(`unknown command ${name}; ${guess}allowed: ${names.join(', ')}`)
}

function overview(): string {
  const rows = COMMANDS.map(({ name, summary }) => [name, summary])
  return `Usage: spanpager [command] [options]

Pages on LLM traffic: OTLP spans in, PagerDuty incidents out.

${formatTable([...rows, ['help', 'prints this, or with the name of a command its options']], '  ')}
Options of every command that reads a configuration:
${runCommand.help}

Exit codes: 0 done, 1 start or run failure, 2 configuration or usage error.
`
}

function helpOf({ name, summary, help }: Command): string {
  const options = help === '' ? '' : `\n${help}\n`
  return `Usage: spanpager ${name}${help === '' ? '' : ' [options]'}

${summary}
${options}`
}
