/** An alert event that its exporter has not accepted yet. */
export interface PendingEvent {
  /** Id of the exporter, for instance `pagerduty`. */
  readonly exporter: string
  readonly dedupKey: string
  readonly kind: 'firing' | 'resolved'
  /** When it became pending, ms since the Unix epoch. */
  readonly sinceMs: number
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly lastReason: string | undefined
  readonly misconfigured: boolean
}
