/** LiteLLM's five keys, short for two rules; names and, but for one, defaults are LiteLLM's. */
export interface Thresholds {
  /** So many failed requests page ... */
  readonly failureThreshold: number
  /** ... within so many seconds. */
  readonly failureThresholdWindowSeconds: number
  /** Waiting so long is a hang; fractions allowed, at least 0.0000001. */
  readonly hangingThresholdSeconds: number
  /** So many hangs page ... */
  readonly hangingThresholdFails: number
  /** ... within so many seconds. */
  readonly hangingThresholdWindowSeconds: number
}

/** What is written of them. */
export type WrittenThresholds = {
  readonly [Key in keyof Thresholds]?: Thresholds[Key] | undefined
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  failureThreshold: 60,
  failureThresholdWindowSeconds: 60,
  hangingThresholdSeconds: 60,
  hangingThresholdFails: 60,
  hangingThresholdWindowSeconds: 600,
}

/**
 * Is the number of hangs that of failures? LiteLLM's is always 60, so its users never write one:
 * whoever sets another `hanging` key wants hangs to page at the count that failures do.
 */
export function hangsFollowFailures(written: WrittenThresholds): boolean {
  return (
    written.hangingThresholdFails === undefined &&
    (written.hangingThresholdSeconds !== undefined ||
      written.hangingThresholdWindowSeconds !== undefined)
  )
}

export function completeThresholds(written: WrittenThresholds): Thresholds {
  const failureThreshold = written.failureThreshold ?? DEFAULT_THRESHOLDS.failureThreshold
  return {
    failureThreshold,
    failureThresholdWindowSeconds:
      written.failureThresholdWindowSeconds ?? DEFAULT_THRESHOLDS.failureThresholdWindowSeconds,
    hangingThresholdSeconds:
      written.hangingThresholdSeconds ?? DEFAULT_THRESHOLDS.hangingThresholdSeconds,
    hangingThresholdFails: hangsFollowFailures(written)
      ? failureThreshold
      : (written.hangingThresholdFails ?? DEFAULT_THRESHOLDS.hangingThresholdFails),
    hangingThresholdWindowSeconds:
      written.hangingThresholdWindowSeconds ?? DEFAULT_THRESHOLDS.hangingThresholdWindowSeconds,
  }
}
