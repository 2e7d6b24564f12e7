import type { Journal, JournalEntry } from '../../src/model/journal.ts'

/** An in-memory journal that keeps its entries, for tests to read and to replay. */
export interface RecordingJournal extends Journal {
  readonly entries: readonly { readonly position: number; readonly entry: JournalEntry }[]
  /** The entries of one kind, in order. */
  of<Kind extends JournalEntry['kind']>(kind: Kind): Extract<JournalEntry, { kind: Kind }>[]
  /** From now on commits wait; gives the function that lets all of them through. */
  hold(): () => void
  /** From now on commits fail: a broken disk. Entries are not kept. */
  breakDown(error: Error): void
  /** From now on commits work again. */
  repair(): void
}

/** `kept`: what a former process left behind. */
export function createRecordingJournal(kept: RecordingJournal['entries'] = []): RecordingJournal {
  const entries = [...kept]
  let position = entries.at(-1)?.position ?? 0
  let gate: Promise<void> = Promise.resolve()
  let broken: Error | undefined

  return {
    entries,
    of<Kind extends JournalEntry['kind']>(kind: Kind) {
      return entries
        .map(({ entry }) => entry)
        .filter((entry): entry is Extract<JournalEntry, { kind: Kind }> => entry.kind === kind)
    },
    append(entry) {
      position += 1
      if (broken !== undefined) return { position, committed: Promise.reject(broken) }
      entries.push({ position, entry })
      return { position, committed: gate }
    },
    flush: () => gate,
    hold() {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      gate = promise
      return () => {
        gate = Promise.resolve()
        resolve(undefined)
      }
    },
    breakDown(error) {
      broken = error
    },
    repair() {
      broken = undefined
    },
  }
}
