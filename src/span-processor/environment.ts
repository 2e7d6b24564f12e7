import { whyNotAnnounced } from './announced-keys.ts'
import type { Encoding, SpanpagerOptions } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the SPANPAGER_* variables. As OpenTelemetry asks for, one that cannot be meant is told to
 * `warn` and left out.
 */
export function optionsFromEnvironment(
  environment: Environment,
  warn: (message: string) => void,
): SpanpagerOptions {
  const text = (name: string): string | undefined => {
    const value = environment[`SPANPAGER_${name}`]?.trim()
    return value === '' ? undefined : value
  }
  const refuse = (name: string, value: string, wanted: string): undefined => {
    warn(`SPANPAGER_${name}=${value} is ignored: ${wanted}`)
  }
  const number = (name: string, minimum: number): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const parsed = Number(value)
    return Number.isFinite(parsed) && parsed >= minimum
      ? parsed
      : refuse(name, value, `a number, at least ${minimum}`)
  }
  const encoding = (): Encoding | undefined => {
    const value = text('ENCODING')
    if (value === undefined || value === 'spans' || value === 'logs') return value
    return refuse('ENCODING', value, 'spans or logs')
  }
  const mayBeAnnounced = (key: string): boolean => {
    const fault = whyNotAnnounced(key)
    if (fault !== undefined) refuse('ATTRIBUTES', key, `it ${fault}`)
    return fault === undefined
  }
  const preset = text('PRESET')
  return {
    announceAfterMs: number('ANNOUNCE_AFTER_MS', 0),
    heartbeatMs: number('HEARTBEAT_MS', 1000),
    encoding: encoding(),
    endpoint: text('ENDPOINT'),
    requests: preset === undefined ? undefined : { preset },
    // Commas stand in regular expressions, spaces do not stand in paths.
    llmRoutes: text('LLM_ROUTES')?.split(/\s+/),
    attributes: text('ATTRIBUTES')
      ?.split(/\s*,\s*/)
      .filter(mayBeAnnounced),
    maxTracked: number('MAX_TRACKED', 1),
    maxOpenAgeMs: number('MAX_OPEN_AGE_MS', 1000),
    shutdownTimeoutMs: number('SHUTDOWN_TIMEOUT_MS', 0),
  }
}
