/** Lines told apart by key: so many are remembered, those longest unwritten go first. */
const MAX_KEYS = 1000

/**
 * Says which lines of a kind are written: the first, then at most one per interval and key. Returns
 * the number of lines left out since the last one that was written, or undefined = leave out.
 */
export type RateLimit = (key: string) => number | undefined

export function createRateLimit(now: () => number, intervalMs: number): RateLimit {
  const seen = new Map<string, { writtenMs: number; leftOut: number }>()
  return (key) => {
    const last = seen.get(key)
    const nowMs = now()
    // A wall clock that was set back must not silence a line for good.
    if (last && nowMs >= last.writtenMs && nowMs - last.writtenMs < intervalMs) {
      last.leftOut += 1
      return undefined
    }
    seen.delete(key)
    for (const oldest of seen.keys()) {
      if (seen.size < MAX_KEYS) break
      seen.delete(oldest)
    }
    seen.set(key, { writtenMs: nowMs, leftOut: 0 })
    return last?.leftOut ?? 0
  }
}
