import { describe, expect, it } from 'vitest'

import { ceilMs, floorMs, toNano } from '../../../src/engine/rules/event-time.ts'

describe('event times', () => {
  it.each([
    [0, 1000, 1000],
    [1, 1000, 1001],
    [999_999, 1000, 1001],
    [1_000_000, 1001, 1001],
    [-1, 999, 1000],
    [-1_000_000, 999, 999],
    [-1_000_001, 998, 999],
    // 100 days: a quotient would round this ns away.
    [8_640_000_000_000_001, 8_640_001_000, 8_640_001_001],
  ])('%d ns lie in or at the end of whole ms', (nano, floor, ceil) => {
    expect(floorMs(nano, 1000)).toBe(floor)
    expect(ceilMs(nano, 1000)).toBe(ceil)
  })

  it('may never come', () => {
    expect(ceilMs(Infinity, 1000)).toBe(Infinity)
    expect(ceilMs(-Infinity, 1000)).toBe(-Infinity)
  })

  it('are exact for the times of the engine', () => {
    expect(toNano(8_640_001_001, 1000)).toBe(8_640_000_001_000_000)
    expect(toNano(999, 1000)).toBe(-1_000_000)
  })
})
