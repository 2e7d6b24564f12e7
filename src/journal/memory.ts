import type { Journal } from '../model/journal.ts'

/**
 * A journal that keeps nothing: it numbers entries from 1, and each is committed at once. State then
 * lives in the engine and the outbox alone, and ends with the process.
 */
export function createMemoryJournal(): Journal {
  let position = 0
  return {
    append() {
      position += 1
      return { position, committed: Promise.resolve() }
    },
    flush: () => Promise.resolve(),
  }
}
