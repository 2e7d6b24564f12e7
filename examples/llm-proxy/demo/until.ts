import { setTimeout as sleep } from 'node:timers/promises'

/** What a whole demo is given. */
const DEADLINE_MS = 60_000
const POLL_MS = 100

const deadlineMs = Date.now() + DEADLINE_MS

/** Resolves when it holds; rejects when the demo's time is over. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain for: ${what}`)
    await sleep(POLL_MS)
  }
}
