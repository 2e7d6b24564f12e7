import { describe, expect, it } from 'vitest'
import { createRateLimit } from '../../src/telemetry/rate-limit.ts'

describe('createRateLimit', () => {
  it('lets the first through, then one per interval with the number left out', () => {
    let nowMs = 0
    const limit = createRateLimit(() => nowMs, 60_000)
    const table: [number, number | undefined][] = [
      [0, 0],
      [1, undefined],
      [59_999, undefined],
      [60_000, 2],
      [60_001, undefined],
      [500_000, 1],
      [560_000, 0],
    ]
    for (const [atMs, expected] of table) {
      nowMs = atMs
      expect(limit('pagerduty'), `at ${atMs}`).toBe(expected)
    }
  })

  it('tells keys apart', () => {
    const limit = createRateLimit(() => 0, 60_000)
    expect([limit('a'), limit('b'), limit('a')]).toEqual([0, 0, undefined])
  })

  it('goes on after the clock was set back', () => {
    let nowMs = 1_000_000
    const limit = createRateLimit(() => nowMs, 60_000)
    limit('a')
    nowMs = 0
    expect(limit('a')).toBe(0)
  })

  it('remembers 1,000 keys, and forgets the longest unwritten one first', () => {
    const limit = createRateLimit(() => 0, 60_000)
    for (let i = 0; i <= 1000; i++) limit(`service-${i}`)
    expect(limit('service-1')).toBeUndefined()
    expect(limit('service-0')).toBe(0)
  })
})
