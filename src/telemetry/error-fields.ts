import type { LogFields } from './log-line.ts'

/** An error for a log: class, code and message, and the same of its causes. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { name: typeof error }
  return { ...nameAndCode(error), message: error.message, ...cause(error.cause, errorFields) }
}

/**
 * An error met while a request was handled. Messages of parsers quote what they parse, and that may
 * be a prompt: so the message stays out, and the place in the code says what happened.
 */
export function errorFieldsWithoutContent(error: unknown): LogFields {
  if (!(error instanceof Error)) return { name: typeof error }
  return {
    ...nameAndCode(error),
    at: frames(error),
    ...cause(error.cause, errorFieldsWithoutContent),
  }
}

function nameAndCode(error: Error): LogFields {
  const code = 'code' in error ? error.code : undefined
  return { name: error.name, ...(typeof code === 'string' ? { code } : {}) }
}

function cause(value: unknown, describe: (error: unknown) => LogFields): LogFields {
  return value instanceof Error ? { cause: describe(value) } : {}
}

/** The innermost calls. The lines of the message come first in a stack and are left out. */
function frames(error: Error): string[] {
  const lines = (error.stack ?? '').replace(error.message, '').split('\n')
  return lines
    .filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 5)
    .map((line) => line.trim().slice('at '.length))
}
