import { maskSecrets } from '../lib/mask.ts'
import { formatLine, type LogEncoding, type LogFields, type LogLevel } from './log-line.ts'

/**
 * Levels by consequence: `error` = data is lost or a human must act; `warn` = unexpected, nothing
 * lost; `info` = start, stop, reload, alerts; `debug` = single requests.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LoggerOptions {
  /** The lowest level that is written. */
  readonly level: LogLevel
  readonly encoding: LogEncoding
  /** Takes one whole line, with its end. */
  readonly write: (line: string) => void
  /** ms since the Unix epoch. */
  readonly now: () => number
  /** Values that are masked wherever they come up: a last line of defence, not the first. */
  readonly secrets?: readonly string[]
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export function createLogger(options: LoggerOptions): Logger {
  const lowest = LEVELS.indexOf(options.level)
  const secrets = (options.secrets ?? []).filter((secret) => secret !== '')

  function at(level: LogLevel): (message: string, fields?: LogFields) => void {
    if (LEVELS.indexOf(level) < lowest) return () => undefined
    return (message, fields = {}) => {
      const line = formatLine(options.encoding, options.now(), level, message, fields)
      options.write(maskSecrets(line, secrets))
    }
  }

  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
