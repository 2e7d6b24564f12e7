import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from '../../src/lib/system-clock.ts'

const START = Date.UTC(2026, 0, 1)

describe('createSystemClock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('shows ms since the Unix epoch', () => {
    const clock = createSystemClock()
    vi.advanceTimersByTime(1_500)
    expect(clock.now()).toBe(START + 1_500)
  })

  it('calls back once, at its time and not before', () => {
    const clock = createSystemClock()
    const called: number[] = []
    clock.at(START + 2_000, () => called.push(clock.now()))
    vi.advanceTimersByTime(1_999)
    expect(called).toEqual([])
    vi.advanceTimersByTime(1_000_000)
    expect(called).toEqual([START + 2_000])
  })

  it('calls back soon for a time that has passed, never at once', () => {
    const clock = createSystemClock()
    let called = false
    clock.at(START - 5_000, () => {
      called = true
    })
    expect(called).toBe(false)
    vi.advanceTimersByTime(1)
    expect(called).toBe(true)
  })

  it('waits longer than one timer can: 60 days', () => {
    const clock = createSystemClock()
    const days = 60 * 86_400_000
    const called: number[] = []
    clock.at(START + days, () => called.push(clock.now()))
    vi.advanceTimersByTime(days - 1)
    expect(called).toEqual([])
    vi.advanceTimersByTime(1)
    expect(called).toEqual([START + days])
  })

  it('does not call back after cancel', () => {
    const clock = createSystemClock()
    let called = false
    const cancel = clock.at(START + 200_000, () => {
      called = true
    })
    vi.advanceTimersByTime(100_000)
    cancel()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(200_000)
    expect(called).toBe(false)
  })

  it('keeps the length of a wait when the wall clock is set back by an hour', () => {
    const clock = createSystemClock()
    let called = false
    clock.at(START + 5_000, () => {
      called = true
    })
    vi.setSystemTime(START - 3_600_000)
    vi.advanceTimersByTime(4_999)
    expect(called).toBe(false)
    vi.advanceTimersByTime(1)
    expect(called).toBe(true)
  })

  it('notices within a minute that the wall clock was set forward', () => {
    const clock = createSystemClock()
    let called = false
    clock.at(START + 3_600_000, () => {
      called = true
    })
    vi.setSystemTime(START + 3_700_000)
    vi.advanceTimersByTime(60_000)
    expect(called).toBe(true)
  })

  it('keeps no process alive', () => {
    vi.useRealTimers()
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const cancel = createSystemClock().at(Date.now() + 60_000, () => undefined)
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    cancel()
    expect(after).toBe(before)
  })
})
