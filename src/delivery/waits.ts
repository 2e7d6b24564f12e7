/** Between attempts at a destination that is set up wrongly. */
export const MISCONFIGURED_RETRY_MS = 60_000

const MIN_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 60_000
const MIN_THROTTLE_MS = 30_000
const MAX_THROTTLE_MS = 300_000
/** A receiver's wish beyond this is taken for a mistake: pages are waiting. */
const MAX_WISH_MS = 3_600_000

/**
 * Wait after the n-th failure in a row (from 1), ms: 1 to 2 s, then 2 to 4 s, up to 30 to 60 s.
 * `random` in [0, 1) spreads what failed together.
 */
export function backoffMs(failures: number, random: number): number {
  const upperMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failures)
  return (upperMs * (1 + random)) / 2
}

/**
 * Wait after the destination as a whole refused, ms: its own wish, else 30 s doubling to 5 min with
 * each refusal in a row (`before`: how many there were already).
 */
export function throttleMs(before: number, afterMs: number | undefined): number {
  if (afterMs === undefined) return Math.min(MAX_THROTTLE_MS, MIN_THROTTLE_MS * 2 ** before)
  return Math.max(MIN_BACKOFF_MS, wishedMs(afterMs))
}

/** What the receiver asked for, within reason, ms; 0 = nothing. */
export function wishedMs(afterMs: number | undefined): number {
  return Math.min(MAX_WISH_MS, Math.max(0, afterMs ?? 0))
}
