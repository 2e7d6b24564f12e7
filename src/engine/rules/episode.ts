import type { AlertChange, EpisodeRef } from '../../model/alert.ts'

/** From firing to resolved; owes a resolve. Several groups share one `ref` when it is a roll-up. */
export interface Episode {
  readonly ref: EpisodeRef
  /** Highest count so far; of a roll-up the sum over its groups, each at its height. */
  peak: number
  /** Distinct requests so far. */
  total: number
}

export type ResolveReason = Extract<AlertChange, { kind: 'resolved' }>['reason']

export function resolvedChange(
  episode: Episode,
  resolvedAtMs: number,
  reason: ResolveReason,
): AlertChange {
  const { ref, peak, total } = episode
  return { kind: 'resolved', episode: ref, resolvedAtMs, peak, total, reason }
}

/** An episode whose rule is gone from the configuration. */
export interface Orphan extends Episode {
  readonly resolveAtMs: number
}
