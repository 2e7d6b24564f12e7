import type { Clock } from '../../src/delivery/contract.ts'

/** A clock that only moves when told to. */
export interface ManualClock extends Clock {
  /** Moves on by so many ms; see {@link advanceTo}. */
  advance(ms: number): Promise<void>
  /**
   * Moves on to that time, ms since the Unix epoch. What falls due on the way is called in order of
   * time (then of registration), with the clock showing its time, and what it began settles before
   * the next is called.
   */
  advanceTo(timeMs: number): Promise<void>
  /** Lets promises settle; the time stays. */
  settle(): Promise<void>
  /** Sets the clock, also backwards, without calling anything: a step of the wall clock. */
  step(timeMs: number): void
  /** Callbacks still waiting: 0 when everything was cancelled or called. */
  readonly waiting: number
}

interface Alarm {
  readonly timeMs: number
  readonly callback: () => void
}

export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs
  const alarms = new Set<Alarm>()

  // A turn of the event loop drains all microtasks, however many follow from one another.
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  function earliest(untilMs: number): Alarm | undefined {
    let found: Alarm | undefined
    for (const alarm of alarms) {
      if (alarm.timeMs <= untilMs && (found === undefined || alarm.timeMs < found.timeMs)) {
        found = alarm
      }
    }
    return found
  }

  async function advanceTo(timeMs: number): Promise<void> {
    await settle()
    for (let alarm = earliest(timeMs); alarm !== undefined; alarm = earliest(timeMs)) {
      alarms.delete(alarm)
      nowMs = Math.max(nowMs, alarm.timeMs)
      alarm.callback()
      await settle()
    }
    nowMs = Math.max(nowMs, timeMs)
  }

  return {
    now: () => nowMs,
    at(timeMs, callback) {
      const alarm = { timeMs, callback }
      alarms.add(alarm)
      return () => {
        alarms.delete(alarm)
      }
    },
    advance: (ms) => advanceTo(nowMs + ms),
    advanceTo,
    settle,
    step(timeMs) {
      nowMs = timeMs
    },
    get waiting() {
      return alarms.size
    },
  }
}
