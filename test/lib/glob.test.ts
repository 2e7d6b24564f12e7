import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob, literalOf } from '../../src/lib/glob.ts'

describe('compileGlob', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['gpt-4o', 'GPT-4o', false],
    ['gpt-4*', 'gpt-4o-mini', true],
    ['gpt-4*', 'gpt-4', true],
    ['gpt-4*', 'my-gpt-4', false],
    ['*.do*', 'ai.streamText.doStream', true],
    ['*.do*', 'ai.streamText', false],
    ['a*b*c', 'axxbxxbyyc', true],
    ['a*b*c', 'axxbxxbyy', false],
    ['gpt-?', 'gpt-4', true],
    ['gpt-?', 'gpt-', false],
    ['gpt-?', 'gpt-44', false],
    ['*', '', true],
    ['**', 'anything', true],
    ['', '', true],
    ['', 'x', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\**', '*x', true],
    ['\\', '\\', true],
  ])('%j against %j is %j', (glob, text, expected) => {
    expect(compileGlob(glob)(text)).toBe(expected)
  })

  it('agrees with a regular expression made the obvious way', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
    fc.assert(
      fc.property(word, text, (glob, value) => {
        const source = glob.replaceAll('*', '.*').replaceAll('?', '.')
        expect(compileGlob(glob)(value)).toBe(new RegExp(`^${source}$`, 's').test(value))
      }),
    )
  })
})

describe('literalOf', () => {
  it('gives the text of a glob without wildcards', () => {
    expect(literalOf('gpt\\*')).toBe('gpt*')
    expect(literalOf('gpt*')).toBeUndefined()
    expect(literalOf('gpt?')).toBeUndefined()
  })
})
