import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '../lib/edit-distance.ts'

/** A command line that cannot be understood; its message says what and what is allowed. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: false }>
>['values']

/** Throws a UsageError that names the nearest option that exists. */
export function parseOptions<T extends Options>(args: readonly string[], options: T): Values<T> {
  try {
    const config = { args: [...args], options, strict: true, allowPositionals: false } as const
    return parseArgs(config).values
  } catch (error) {
    throw new UsageError(explain(error, args, Object.keys(options)))
  }
}

function explain(error: unknown, args: readonly string[], known: readonly string[]): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const list =
    known.length === 0 ? 'it takes no options' : `allowed: ${known.map((o) => `--${o}`).join(', ')}`
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const unknown = args
      .map((arg) => /^--?([^=]+)/.exec(arg)?.[1])
      .find((name) => name !== undefined && !known.includes(name))
    const near = unknown === undefined ? undefined : nearest(unknown, known)
    const guess = near === undefined ? '' : `did you mean --${near}? `
    return `unknown option --${unknown}; ${guess}${list}`
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
    return `takes no arguments beside options; ${list}`
  }
  // Of an option without its value, or one with a value that takes none: Node says it well.
  return error instanceof Error ? error.message.split('\n')[0]! : String(error)
}
