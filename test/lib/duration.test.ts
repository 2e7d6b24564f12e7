import { describe, expect, it } from 'vitest'
import { formatDuration, parseDurationNano } from '../../src/lib/duration.ts'

describe('parseDurationNano', () => {
  it.each([
    ['0', 0],
    ['1ns', 1],
    ['100ns', 100],
    ['2us', 2000],
    ['2µs', 2000],
    ['500ms', 500e6],
    ['10s', 10e9],
    ['1.5s', 1.5e9],
    ['.5s', 0.5e9],
    ['1m30s', 90e9],
    ['1h15m30.918s', 4_530_918_000_000],
    ['+5s', 5e9],
  ])('%s', (text, nanos) => {
    expect(parseDurationNano(text)).toBe(nanos)
  })

  it.each(['', '5', '1m30', '-1s', '5 s', '5S', '1d', 's', '1e3s', '5 minutes', '+'])(
    'refuses "%s"',
    (text) => {
      expect(parseDurationNano(text)).toBeUndefined()
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.0001, '100ns'],
    [250, '250ms'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [5_400_000, '1h30m'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
