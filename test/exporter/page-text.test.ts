import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText, cutMiddle, cutText } from '../../src/exporter/page-text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units))

describe('cutText and cutMiddle', () => {
  it('leave short text alone', () => {
    expect(cutText('gpt-4o', 6)).toBe('gpt-4o')
    expect(cutMiddle('gpt-4o', 6)).toBe('gpt-4o')
  })

  it('mark where they cut', () => {
    expect(cutText('gpt-4o-2024-08-06', 10)).toBe('gpt-4o-20…')
    expect(cutMiddle('gpt-4o-2024-08-06', 11)).toBe('gpt-4…08-06')
  })

  it('never leave half an emoji', () => {
    expect(cutText('ab😀😀', 4)).toBe('ab…')
    expect(cutMiddle('😀😀😀😀', 5)).toBe('😀…😀')
    expect(cutMiddle('😀😀😀😀', 6)).toBe('😀…😀')
  })

  it('repair lone surrogates', () => {
    expect(cutText('a\ud83d', 10)).toBe('a\ufffd')
    expect(cutMiddle('\ude00a', 10)).toBe('\ufffda')
  })

  it('keep their limit and are well-formed, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyUnits), fc.integer({ min: 1, max: 40 }), (text, max) => {
        for (const cut of [cutText(text, max), cutMiddle(text, max)]) {
          expect(cut.length).toBeLessThanOrEqual(max)
          expect(cut.isWellFormed()).toBe(true)
        }
      }),
    )
  })
})

describe('cleanText', () => {
  it.each([
    ['gpt-4o', 'gpt-4o'],
    ['a\r\nb\u0000\u2028c', 'a b c'],
    ['  padded\t', 'padded'],
    ['\ud800', '\ufffd'],
    ['jane.doe@example.com', '(e-mail)'],
    ['key of jane.doe+llm@mail.example.co.uk, prod', 'key of (e-mail), prod'],
    ['claude-3-5-sonnet@20240620', 'claude-3-5-sonnet@20240620'],
    ['sk-proj-abcdEFGH1234', '(key)'],
    [`hash ${'0a'.repeat(32)}`, 'hash (hash)'],
    ['0af7651916cd43dd8448eb211c80319c', '0af7651916cd43dd8448eb211c80319c'],
    ['task-based-model', 'task-based-model'],
    ['', ''],
  ])('%j becomes %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean)
  })

  it('looks at a bounded part of a hostile value', () => {
    expect(cleanText('a@'.repeat(5_000_000)).length).toBeLessThanOrEqual(65_536)
  })
})
