import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { AttributeValue } from '../../src/model/span.ts'
import { createGroupReader } from '../../src/selection/group.ts'
import { type PlainSpan, spanOf } from './plain-span.ts'

function reader(...keys: string[]) {
  const columns = createAttributeColumns()
  const groupOf = createGroupReader(keys, columns)
  return (span: PlainSpan) => groupOf(spanOf(span, columns))
}

describe('createGroupReader', () => {
  it('reads the attribute of the span, else that of the resource, else nothing', () => {
    const groupOf = reader('service.name', 'team')
    const resource = { 'service.name': 'proxy', team: 'core' }
    expect(groupOf({ resource })).toEqual(['proxy', 'core'])
    expect(groupOf({ resource, attributes: { team: 'search' } })).toEqual(['proxy', 'search'])
    expect(groupOf({ resource: { team: 'core' } })).toEqual([undefined, 'core'])
    expect(groupOf({ resource, attributes: { team: '' } })).toEqual(['proxy', 'core'])
  })

  it.each<[AttributeValue, string | undefined]>([
    [7, '7'],
    [true, 'true'],
    [['a', 'b'], 'a,b'],
    [[], undefined],
    ['', undefined],
  ])('reads %j as %j', (value, expected) => {
    expect(reader('n')({ attributes: { n: value } })).toEqual([expected])
  })

  it('cuts long values, and keeps those apart that differ beyond', () => {
    const groupOf = reader('n')
    const [first] = groupOf({ attributes: { n: `${'x'.repeat(250)}A` } })
    const [second] = groupOf({ attributes: { n: `${'x'.repeat(250)}B` } })
    expect(first).toMatch(/^x{183}~[0-9a-f]{16}$/)
    expect(second).not.toBe(first)
    expect(groupOf({ attributes: { n: `${'x'.repeat(250)}A` } })).toEqual([first])
  })

  it('gives equal groups as the same object, and others as others', () => {
    const groupOf = reader('a', 'b')
    const group = groupOf({ attributes: { a: 'x', b: '1:y' } })
    expect(groupOf({ resource: { a: 'x' }, attributes: { b: '1:y' } })).toBe(group)
    expect(groupOf({ attributes: { a: 'x1', b: ':y' } })).not.toBe(group)
    expect(groupOf({ attributes: { a: 'x' } })).not.toBe(groupOf({ attributes: { b: 'x' } }))
  })

  it('forgets them all past 20,000: the values stay right', () => {
    const groupOf = reader('a')
    const first = groupOf({ attributes: { a: 0 } })
    for (let a = 1; a < 20_000; a++) groupOf({ attributes: { a } })
    expect(groupOf({ attributes: { a: 0 } })).toBe(first)
    groupOf({ attributes: { a: 20_000 } })
    const again = groupOf({ attributes: { a: 0 } })
    expect(again).toEqual(first)
    expect(again).not.toBe(first)
  })
})
