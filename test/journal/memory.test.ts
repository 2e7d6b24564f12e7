import { describe, expect, it } from 'vitest'
import { createMemoryJournal } from '../../src/journal/memory.ts'
import type { TickEntry } from '../../src/model/journal.ts'

const tick: TickEntry = { kind: 'tick', processor: 'llm_alerting', timeMs: 1, reason: 'due' }

describe('createMemoryJournal', () => {
  it('numbers entries from 1 at once, and commits each', async () => {
    const journal = createMemoryJournal()
    const appended = [journal.append(tick), journal.append(tick), journal.append(tick)]
    expect(appended.map(({ position }) => position)).toEqual([1, 2, 3])
    await expect(Promise.all(appended.map(({ committed }) => committed))).resolves.toHaveLength(3)
    await expect(journal.flush()).resolves.toBeUndefined()
  })

  it('counts for itself only', () => {
    createMemoryJournal().append(tick)
    expect(createMemoryJournal().append(tick).position).toBe(1)
  })
})
