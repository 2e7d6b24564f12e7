import { describe, expect, it } from 'vitest'
import { durationText, isoTime, percentText } from '../../src/exporter/number-text.ts'

describe('durationText', () => {
  it.each([
    [0, '0 s'],
    [0.0001, '100 ns'],
    [0.000001, '1 ns'],
    [0.001, '1 µs'],
    [0.0015, '1.5 µs'],
    [0.5, '500 µs'],
    [1, '1 ms'],
    [2.5, '2.5 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [1500, '1.5 s'],
    [60_000, '60 s'],
    [312_345, '312 s'],
    [600_000, '600 s'],
    [3_600_000, '3600 s'],
    [7_200_000, '2 h'],
    [22_620_000, '6 h 17 min'],
    [86_400_000, '24 h'],
    [-1500, '-1.5 s'],
    [Number.NaN, 'unknown'],
    [Infinity, 'unknown'],
  ])('%d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('percentText', () => {
  it.each([
    [0.25, '25 %'],
    [0.3125, '31.3 %'],
    [0.001, '0.1 %'],
    [1, '100 %'],
    [0, '0 %'],
    [Number.NaN, 'unknown'],
  ])('%d is %s', (ratio, text) => {
    expect(percentText(ratio)).toBe(text)
  })
})

describe('isoTime', () => {
  it('gives nothing for a time that no calendar holds', () => {
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(isoTime(Number.NaN)).toBeUndefined()
    expect(isoTime(1e20)).toBeUndefined()
  })
})
