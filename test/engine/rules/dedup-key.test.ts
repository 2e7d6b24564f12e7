import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { groupKey, otherKey, rollUpKey } from '../../../src/engine/rules/dedup-key.ts'

describe('dedup keys', () => {
  it.each([
    [['litellm-proxy'], 'spanpager/failures/litellm-proxy'],
    [['litellm-proxy', 'gpt-4o'], 'spanpager/failures/litellm-proxy/gpt-4o'],
    [[], 'spanpager/failures'],
    [[undefined], 'spanpager/failures/(none)'],
    [['(none)'], 'spanpager/failures/%28none)'],
    [['gpt (preview)'], 'spanpager/failures/gpt (preview)'],
    [['a/b'], 'spanpager/failures/a%2Fb'],
    [['a%2Fb'], 'spanpager/failures/a%252Fb'],
    [['line\nfeed'], 'spanpager/failures/line%0Afeed'],
    [['Größe 東京'], 'spanpager/failures/Größe 東京'],
  ])('are readable: %j', (values, key) => {
    expect(groupKey('spanpager', 'failures', values)).toBe(key)
  })

  it('name the shared group and the roll-up in words that no value can have', () => {
    expect(otherKey('spanpager', 'failures', 2)).toBe('spanpager/failures/(other)/(other)')
    expect(rollUpKey('spanpager', 'failures')).toBe('spanpager/failures/(roll-up)')
    expect(groupKey('spanpager', 'failures', ['(other)'])).not.toContain('(other)')
    expect(groupKey('spanpager', 'failures', ['(roll-up)'])).not.toContain('(roll-up)')
  })

  it('escape the names too', () => {
    expect(groupKey('team/prod', 'a%b', ['x'])).toBe('team%2Fprod/a%25b/x')
    expect(rollUpKey('team/prod', 'a')).toBe('team%2Fprod/a/(roll-up)')
  })

  it('have at most 255 characters, and differ beyond', () => {
    const fits = 'x'.repeat(255 - 'spanpager/failures/'.length)
    expect(groupKey('spanpager', 'failures', [fits])).toBe(`spanpager/failures/${fits}`)
    const one = groupKey('spanpager', 'failures', [`${fits}1`])
    const two = groupKey('spanpager', 'failures', [`${fits}2`])
    expect(one).toHaveLength(255)
    expect(one).toMatch(/^spanpager\/failures\/x+~[0-9a-f]{16}$/)
    expect(two).not.toBe(one)
  })

  it('do not cut a character in two', () => {
    const key = groupKey('spanpager', 'failures', ['😀'.repeat(200)])
    expect(key.length).toBeLessThanOrEqual(255)
    expect(key.isWellFormed()).toBe(true)
    expect(groupKey('spanpager', 'rules', ['😀'.repeat(200)]).isWellFormed()).toBe(true)
  })

  it('never collide', () => {
    const value = fc.option(fc.string({ unit: fc.constantFrom('/', '%', '(', ')', '2', 'F', 'a') }))
    const values = fc.array(value, { minLength: 2, maxLength: 2 })
    fc.assert(
      fc.property(values, values, (a, b) => {
        const key = (some: (string | null)[]) =>
          groupKey(
            'n',
            'r',
            some.map((one) => one ?? undefined),
          )
        expect(key(a) === key(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })
})
