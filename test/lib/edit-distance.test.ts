import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '../../src/lib/edit-distance.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['abc', 'ab', 1],
    ['abc', 'xbc', 1],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('of "%s" and "%s" is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})

describe('nearest', () => {
  const words = ['group_by', 'failure_threshold', 'rules', 'name']

  it('finds what was meant', () => {
    expect(nearest('failure_treshold', words)).toBe('failure_threshold')
    expect(nearest('groupby', words)).toBe('group_by')
    expect(nearest('RULES', words)).toBe('rules')
  })

  it('guesses nothing where nothing is alike', () => {
    expect(nearest('exporters', words)).toBeUndefined()
    expect(nearest('x', words)).toBeUndefined()
    expect(nearest('name', [])).toBeUndefined()
  })
})
