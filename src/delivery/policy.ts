/** How one exporter is delivered to. Complete: nothing later asks for a default. */
export interface DeliveryPolicy {
  /**
   * The condition had cleared before its trigger was accepted. `send`: the trigger, marked as
   * cleared, then the resolve. `drop`: neither; only where an earlier attempt may have been taken
   * is the resolve sent all the same.
   */
  readonly latePages: 'send' | 'drop'
  /** Attempts in any trailing 60 s, as the receiver sees them; undefined = as many as there are. */
  readonly attemptsPerMinute: number | undefined
  /** Attempts in flight at once, each of another dedup key. */
  readonly parallelAttempts: number
  /** An attempt is aborted after so many ms: a last resort, exporters have time-outs of their own. */
  readonly attemptTimeoutMs: number
  /**
   * Events kept, however long it takes. Beyond it a page is given up, loudly: the oldest episode
   * that is over already, else the newest page, and the resolve with it. What may have opened an
   * incident is never given up, so the bound is exceeded by one event per such episode at most.
   */
  readonly maxPending: number
}

/**
 * What suits a paging service. 100 attempts stay below the 120 events a minute that PagerDuty takes
 * per integration key.
 */
export const DEFAULT_DELIVERY_POLICY: DeliveryPolicy = {
  latePages: 'send',
  attemptsPerMinute: 100,
  parallelAttempts: 8,
  attemptTimeoutMs: 60_000,
  maxPending: 10_000,
}
