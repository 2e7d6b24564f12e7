import { describe, expect, it } from 'vitest'

import { hash64 } from '../../src/lib/hash64.ts'

describe('hash64', () => {
  // http://www.isthe.com/chongo/tech/comp/fnv/
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('gives the published FNV-1a hash of %j', (text, hash) => {
    expect(hash64(text)).toBe(hash)
  })

  it('always has 16 digits', () => {
    const lengths = Array.from({ length: 2000 }, (_, at) => hash64(`text ${at}`).length)
    expect(new Set(lengths)).toEqual(new Set([16]))
  })

  it('tells apart what differs beyond the low byte of a character', () => {
    expect(hash64('\u0141')).not.toBe(hash64('A'))
  })
})
