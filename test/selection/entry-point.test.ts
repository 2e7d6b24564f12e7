import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import { isEntryPoint } from '../../src/selection/entry-point.ts'
import { spanOf } from './plain-span.ts'

describe('isEntryPoint', () => {
  it.each([
    ['none', 'internal', true],
    ['none', 'server', true],
    ['remote', 'client', true],
    ['local', 'server', false],
    ['local', 'internal', false],
    ['unknown', 'server', true],
    ['unknown', 'consumer', true],
    ['unknown', 'client', false],
    ['unknown', 'producer', false],
    ['unknown', 'internal', false],
    ['unknown', 'unspecified', false],
  ] as const)('parent %s, kind %s: %s', (parent, kind, expected) => {
    expect(isEntryPoint(spanOf({ parent, kind }, createAttributeColumns()))).toBe(expected)
  })
})
