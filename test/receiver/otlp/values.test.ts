import { describe, expect, it } from 'vitest'
import { BATCH_VALUE_ID } from '../../../src/model/span.ts'
import { bytesOf } from '../../../src/receiver/otlp/bytes.ts'
import { ValueInterner } from '../../../src/receiver/otlp/values.ts'

function textId(values: ValueInterner, text: string, share = 0): number {
  const bytes = bytesOf(Buffer.from(text))
  return values.text(bytes, 0, bytes.data.length, share)
}

describe('interned values', () => {
  it('have one id for the same bytes, whatever batch they come in', () => {
    const values = new ValueInterner()
    const id = textId(values, 'gpt-4o')
    values.beginBatch()
    expect(textId(values, 'gpt-4o')).toBe(id)
    expect(id).toBeLessThan(BATCH_VALUE_ID)
    expect(values.get(id)).toBe('gpt-4o')
    expect(values.get(0)).toBeUndefined()
  })

  it('have lasting ids for bools and small whole numbers, and ids of the batch for others', () => {
    const values = new ValueInterner()
    for (const number of [0, 200, 1_023]) {
      expect(values.number(number)).toBeLessThan(BATCH_VALUE_ID)
      expect(values.get(values.number(number))).toBe(number)
    }
    for (const number of [-1, 0.5, 1_024, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(values.number(number)).toBeGreaterThanOrEqual(BATCH_VALUE_ID)
      expect(values.get(values.number(number))).toBe(number)
    }
    expect(values.get(values.boolean(true))).toBe(true)
    expect(values.get(values.boolean(false))).toBe(false)
  })

  it('of 100,000 kinds of one attribute stay right, and leave room for others', () => {
    const values = new ValueInterner()
    for (let batch = 0; batch < 100; batch++) {
      values.beginBatch()
      const texts = Array.from({ length: 1_000 }, (_, index) => `value ${batch} ${index}`)
      const ids = texts.map((text) => textId(values, text, 1))
      expect(ids.map((id) => values.get(id))).toEqual(texts)
    }
    const first = textId(values, 'value 0 0', 1)
    expect(first).toBeLessThan(BATCH_VALUE_ID)
    expect(values.get(first)).toBe('value 0 0')
    expect(textId(values, 'value 99 999', 1)).toBeGreaterThanOrEqual(BATCH_VALUE_ID)
    expect(textId(values, 'another attribute', 2)).toBeLessThan(BATCH_VALUE_ID)
  })

  it('stay right when all attributes together have more values than the cache', () => {
    const values = new ValueInterner()
    let lasting = 0
    for (let share = 0; share < 40; share++) {
      values.beginBatch()
      for (let index = 0; index < 3_000; index++) {
        const text = `${share}/${index}/${'x'.repeat(index % 60)}`
        const id = textId(values, text, share)
        if (values.get(id) !== text) expect(values.get(id)).toBe(text)
        if (id < BATCH_VALUE_ID) lasting++
      }
    }
    expect(lasting).toBeLessThanOrEqual(65_536)
    expect(lasting).toBeGreaterThan(10_000)
  })

  it('that are long do not stay, and their end is cut off', () => {
    const values = new ValueInterner()
    const id = textId(values, 'x'.repeat(10_000_000))
    expect(id).toBeGreaterThanOrEqual(BATCH_VALUE_ID)
    expect(values.get(id)).toBe('x'.repeat(4_096))
    values.beginBatch()
    expect(values.get(id)).toBeUndefined()
  })
})
