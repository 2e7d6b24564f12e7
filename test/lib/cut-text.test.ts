import { describe, expect, it } from 'vitest'
import { cutTextTo } from '../../src/lib/cut-text.ts'

describe('cutTextTo', () => {
  it.each([
    ['gpt-4o', 6, 'gpt-4o'],
    ['gpt-4o', 3, 'gpt'],
    ['gpt-4o', 0, ''],
    ['', 3, ''],
    ['ab😀', 4, 'ab😀'],
    ['ab😀', 3, 'ab'],
    ['ab😀c', 4, 'ab😀'],
  ])('%j in %i units is %j', (text, max, cut) => {
    expect(cutTextTo(text, max)).toBe(cut)
  })
})
