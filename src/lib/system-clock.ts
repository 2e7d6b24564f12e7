/** The longest single timer: wall-clock steps and a suspended machine are noticed that soon. */
const SLICE_MS = 60_000
/** Timers may fire a little before the wall clock shows their time; more than this is a step back. */
const STEP_MS = 1_000

/**
 * The system's time, ms since the Unix epoch, and timers that keep no process alive.
 *
 * A timer calls back when the wall clock shows its time. When the clock is set back meanwhile, it
 * calls back once the wait it was made for has passed: an hour's correction must not make a
 * one-second wait an hour long. Waits of any length are possible.
 */
export function createSystemClock(): {
  now(): number
  at(timeMs: number, callback: () => void): () => void
} {
  function at(timeMs: number, callback: () => void): () => void {
    const deadline = performance.now() + (timeMs - Date.now())
    let timer: NodeJS.Timeout | undefined

    const check = () => {
      const wallLeftMs = timeMs - Date.now()
      const waitLeftMs = deadline - performance.now()
      if (wallLeftMs <= 0 || (waitLeftMs <= 0 && wallLeftMs >= STEP_MS)) {
        callback()
        return
      }
      const leftMs = waitLeftMs <= 0 ? wallLeftMs : Math.min(wallLeftMs, waitLeftMs, SLICE_MS)
      arm(leftMs)
    }
    const arm = (delayMs: number) => {
      timer = setTimeout(check, Math.max(0, Math.ceil(delayMs)))
      timer.unref()
    }

    arm(Math.min(timeMs - Date.now(), SLICE_MS))
    return () => clearTimeout(timer)
  }

  return { now: () => Date.now(), at }
}
