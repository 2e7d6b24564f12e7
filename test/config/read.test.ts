import { describe, expect, it } from 'vitest'
import { formatFault } from '../../src/config/fault.ts'
import { originOf } from '../../src/config/origin.ts'
import { readConfig } from '../../src/config/read.ts'
import { plain } from '../../src/config/schema-walk.ts'
import { sources } from './sources.ts'

const BASE = `
receivers:
  otlp: { protocols: { grpc: { endpoint: localhost:4317 }, http: } }
service:
  extensions: [health_check, other]
`

function read(
  files: Record<string, string>,
  sets: readonly string[] = [],
): { value: unknown; faults: string[]; origin: (...path: (string | number)[]) => string } {
  const { tree, faults } = readConfig(sources(files, { sets, env: { PORT: '1' } }))
  return {
    value: plain(tree, undefined),
    faults: faults.map(formatFault),
    origin: (...path) => originOf(tree, path),
  }
}

describe('readConfig', () => {
  it('merges maps and replaces lists, the last file first', () => {
    const over = 'receivers: { otlp: { protocols: { grpc: { endpoint: ":1" } } } }\n'
    const { value } = read({
      'a.yaml': BASE,
      'b.yaml': `${over}service: { extensions: [health_check] }`,
    })
    expect(value).toEqual({
      receivers: { otlp: { protocols: { grpc: { endpoint: ':1' }, http: undefined } } },
      service: { extensions: ['health_check'] },
    })
  })

  it('replaces a map by nothing where an overlay says so', () => {
    const over = 'receivers: { otlp: { protocols: { grpc: } } }'
    const { value } = read({ 'a.yaml': BASE, 'b.yaml': over })
    expect(value).toMatchObject({ receivers: { otlp: { protocols: { grpc: undefined } } } })
  })

  it.each([
    ['a.b=c', { a: { b: 'c' } }],
    ['a.b=5', { a: { b: 5 } }],
    ['a.b=[x, 2]', { a: { b: ['x', 2] } }],
    ['a={ b: { c: true } }', { a: { b: { c: true } } }],
    ['a=x=y', { a: 'x=y' }],
    ['a=${env:PORT}', { a: 1 }],
    ['a=[not yaml', { a: '[not yaml' }],
    ['a=', { a: undefined }],
    ['a::b.c=d', { a: { 'b.c': 'd' } }],
    ['receivers.otlp/2.protocols=x', { receivers: { 'otlp/2': { protocols: 'x' } } }],
  ])('lays --set %s on top', (option, wanted) => {
    expect(read({ 'a.yaml': BASE }, [option]).value).toMatchObject(wanted)
  })

  it.each(['a', 'a..b=c', '=c'])('refuses --set %s', (option) => {
    const { faults } = read({ 'a.yaml': BASE }, [option])
    expect(faults).toEqual([expect.stringMatching(/^--set.*: is not of the form a\.b=value$/)])
  })

  it('resolves anchors, aliases and merge keys', () => {
    const yaml = `
      a: &a { x: 1, y: 2 }
      b: { <<: *a, y: 3 }
      c: { <<: [{ x: 7 }, *a] }
      d: *a
    `
    expect(read({ 'a.yaml': yaml }).value).toMatchObject({
      b: { x: 1, y: 3 },
      c: { x: 7, y: 2 },
      d: { x: 1, y: 2 },
    })
  })

  it('tells for each value where it comes from', () => {
    const yaml = 'v:\n  a: 1\n  b: ${env:PORT}\n  c: ${env:NONE:-2}\n  d: ${file:f}\n  e:\n'
    const { origin } = read({ 'a.yaml': yaml, f: 'x' }, ['v.f=6'])
    expect(origin('v', 'a')).toBe('a.yaml:2')
    expect(origin('v', 'b')).toBe('a.yaml:3 (environment PORT)')
    expect(origin('v', 'c')).toBe('a.yaml:4 (environment NONE, not set: its default)')
    expect(origin('v', 'd')).toBe('a.yaml:5 (file f)')
    expect(origin('v', 'e')).toBe('default')
    expect(origin('v', 'f')).toBe('--set v.f')
    expect(origin('v', 'nothing')).toBe('default')
  })

  it('takes a key that means something to JavaScript as any other', () => {
    const { value } = read({ 'a.yaml': '__proto__: { polluted: true }\nconstructor: 1' })
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect({}).not.toHaveProperty('polluted')
  })

  it('says which file cannot be read, and nothing of the rest', () => {
    const { faults } = read({ 'a.yaml': BASE }, [])
    expect(faults).toEqual([])
    const missing = readConfig({
      ...sources({ 'a.yaml': BASE }),
      files: ['a.yaml', 'no/such.yaml'],
    })
    expect(missing.faults.map(formatFault)).toEqual([
      'no/such.yaml: cannot be read: it does not exist',
    ])
    expect(missing.tree.kind).toBe('broken')
  })
})
