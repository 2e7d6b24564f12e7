/** Numbers as people read them on a phone: not the way a configuration writes them. */

const SUBSECOND = [
  { unit: 'ms', ms: 1 },
  { unit: 'µs', ms: 1e-3 },
  { unit: 'ns', ms: 1e-6 },
] as const

const HOURS_FROM_MS = 2 * 3_600_000

/** `100 ns`, `2.5 ms`, `60 s`, `6 h 17 min`. Takes ms, fractions allowed down to a nanosecond. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown'
  if (ms < 0) return `-${durationText(-ms)}`
  if (ms >= HOURS_FROM_MS) {
    const minutes = Math.round(ms / 60_000)
    const rest = minutes % 60
    return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
  }
  if (ms >= 1000) return `${shorten(ms / 1000)} s`
  for (const { unit, ms: size } of SUBSECOND) {
    // A nanosecond in floating ms may come out a hair below its unit.
    const value = Number((ms / size).toPrecision(12))
    if (value >= 1) return `${shorten(value)} ${unit}`
  }
  return '0 s'
}

/** 0.3125 is `31.3 %`. */
export function percentText(ratio: number): string {
  return Number.isFinite(ratio) ? `${shorten(ratio * 100)} %` : 'unknown'
}

/** ISO 8601 in UTC; undefined for what no calendar holds. */
export function isoTime(unixMs: number): string | undefined {
  const date = new Date(unixMs)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** Three digits, but never fewer than the integer part has. */
function shorten(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
