import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nextCrossingMs } from '../../../src/engine/rules/crossing.ts'
import { EventWindow } from '../../../src/engine/rules/event-window.ts'

const MS = 1e6
const EPOCH_MS = 1000
const LAST_MS = 150

/** Start and how long it lasted, in half ms; lasting less than nothing: it was lost before. */
const hang = fc.record({
  start: fc.integer({ min: 0, max: 100 }),
  lasted: fc.oneof(fc.integer({ min: -19, max: 60 }), fc.constant(Infinity)),
})

function windowOf(hangs: readonly { readonly start: number; readonly lasted: number }[]) {
  const window = new EventWindow(10 * MS, { occurrences: [] }, 0)
  hangs.forEach(({ start, lasted }, at) => {
    const request = { traceId: String(at), spanId: '', facts: {}, service: '' }
    const [from, to] = [(start * MS) / 2, ((start + lasted) * MS) / 2]
    const one = { start: from, end: to, waitingNano: 0, request, counted: false } as const
    window.add({ ...one, evidence: 'announced' }, false)
  })
  return window
}

describe('the next crossing', () => {
  it('is the first ms at which time alone makes enough, or too few', () => {
    fc.assert(
      fc.property(
        fc.array(hang, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 60 }),
        (hangs, needed, nowMs) => {
          const window = windowOf(hangs)
          const holds = (timeMs: number) => window.countAt(timeMs * MS) >= needed
          let expected = nowMs + 1
          while (expected < LAST_MS && holds(expected) === holds(nowMs)) expected += 1
          expect(nextCrossingMs(window, needed, EPOCH_MS + nowMs, EPOCH_MS)).toBe(
            expected < LAST_MS ? EPOCH_MS + expected : Infinity,
          )
        },
      ),
    )
  })
})
