import { inspect } from 'node:util'
import { diagLogger } from './otel-api.ts'

const QUIET_MS = 60_000

/** Tells the operator, who reads the diagnostics of OpenTelemetry. Never throws. */
export interface Reporter {
  /** Something does not work at all; without a diag logger it becomes a warning of the process. */
  error(message: string, cause?: unknown): void
  /** The same kind of thing is said once a minute. */
  warn(kind: string, message: string, cause?: unknown): void
  /** In the ordinary course of things. */
  info(message: string): void
}

export function createReporter(): Reporter {
  const saidMs = new Map<string, number>()
  return {
    error(message, cause) {
      const logger = diagLogger()
      const text = `spanpager: ${message}`
      if (logger === undefined) process.emitWarning(withCause(text, cause), 'SpanpagerWarning')
      else guarded(() => logger.error(withCause(text, cause)))
    },
    warn(kind, message, cause) {
      const nowMs = performance.now()
      const lastMs = saidMs.get(kind)
      if (lastMs !== undefined && nowMs - lastMs < QUIET_MS) return
      saidMs.set(kind, nowMs)
      guarded(() => diagLogger()?.warn(withCause(`spanpager: ${message}`, cause)))
    },
    info(message) {
      guarded(() => diagLogger()?.info(`spanpager: ${message}`))
    },
  }
}

function withCause(text: string, cause: unknown): string {
  if (cause === undefined) return text
  return `${text}: ${cause instanceof Error ? cause.message : inspect(cause)}`
}

function guarded(call: () => void): void {
  try {
    call()
  } catch {
    // The logger is the application's, and there is nobody left to tell.
  }
}
