/**
 * Two kinds of time. Event times are integers in ns since the engine's epoch, exact for 104 days.
 * The engine's own time is in ms since the Unix epoch. A quotient would be rounded, so whole ms are
 * taken off by the remainder, which is exact.
 */
export const NANO_PER_MS = 1_000_000

export function toNano(timeMs: number, epochMs: number): number {
  return Math.round((timeMs - epochMs) * NANO_PER_MS)
}

/** The whole ms in which an event time lies. */
export function floorMs(nano: number, epochMs: number): number {
  const rest = nano % NANO_PER_MS
  return epochMs + (nano - rest) / NANO_PER_MS - (rest < 0 ? 1 : 0)
}

/** The first ms at or after an event time; an infinity stays one. */
export function ceilMs(nano: number, epochMs: number): number {
  if (!Number.isFinite(nano)) return nano
  const rest = nano % NANO_PER_MS
  return epochMs + (nano - rest) / NANO_PER_MS + (rest > 0 ? 1 : 0)
}
