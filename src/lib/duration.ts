/**
 * Durations as Go and the OpenTelemetry Collector write them: `500ms`, `1m30s`, `1.5h`, `0`.
 * Units: ns, us (µs), ms, s, m, h. Negative ones have no use here and are refused.
 */
const NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

const PART = '(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)'

export const DURATION_PATTERN: RegExp = new RegExp(`^\\+?(?:0|(?:${PART})+)$`)

/** Nanoseconds, or undefined when `text` is no duration. */
export function parseDurationNano(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined
  let total = 0
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(number) * NANOS[unit!]!
  }
  return Math.round(total)
}

/** As it may be written in a configuration, as short as possible: `90000` ms is `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return ms === 0 ? '0s' : `${Math.round(ms * 1e6)}ns`
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = Math.round(ms % 60_000) / 1000
  let text = ''
  if (hours > 0) text += `${hours}h`
  if (minutes > 0) text += `${minutes}m`
  if (seconds > 0 || text === '') text += `${seconds}s`
  return text
}
