/** Time for what waits: real in the service, turned by hand in tests. */
export interface Clock {
  /** ms since the Unix epoch. */
  now(): number
  /** Calls back once, at or after that time. Returns a cancel function. The timer keeps no process alive. */
  at(timeMs: number, callback: () => void): () => void
}
