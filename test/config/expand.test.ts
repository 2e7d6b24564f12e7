import { describe, expect, it } from 'vitest'
import { expand } from '../../src/config/expand.ts'
import { type Fault, formatFault } from '../../src/config/fault.ts'
import { parseYaml } from '../../src/config/parse.ts'
import { nodeAt, type TreeNode } from '../../src/config/tree.ts'

const ENV = {
  HOST: 'collector',
  PORT: '4317',
  ON: 'true',
  DIGITS: '01234567890123456789012345678901',
  LIST: '[a, b]',
  MAP: '{ a: 1 }',
  QUOTED: '"17"',
  COMMENT: 'abc # no comment',
  NOT_YAML: '[a, b',
  EMPTY: '',
  DOLLAR: 'a$$b${HOST}',
}

const FILES: Readonly<Record<string, string>> = {
  'key.txt': 'secret-of-a-file\n',
  'number.txt': '17\n',
  'part.yaml': 'grpc:\n  endpoint: ${env:HOST}:1\n',
  'circle.yaml': 'again: ${file:circle.yaml}\n',
  'broken.yaml': 'a: [1\n',
}

function expanded(yaml: string): { value: TreeNode; faults: string[] } {
  const faults: Fault[] = []
  const readFile = (path: string): string => {
    const text = FILES[path]
    if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
    return text
  }
  const tree = expand(parseYaml(yaml, 'c.yaml', faults), { env: ENV, readFile }, faults)
  return { value: nodeAt(tree, ['v'])!, faults: faults.map(formatFault) }
}

/** [typed value, text] of a scalar. */
function scalar(written: string): unknown {
  const { value, faults } = expanded(`v: ${written}`)
  if (faults.length > 0) return faults
  return value.kind === 'scalar' ? [value.value, value.text] : value.kind
}

describe('expand', () => {
  it.each([
    ['${env:HOST}', ['collector', 'collector']],
    ['${HOST}', ['collector', 'collector']],
    ['"${env:HOST}"', ['collector', 'collector']],
    ['${env:PORT}', [4317, '4317']],
    ['${env:ON}', [true, 'true']],
    ['${env:QUOTED}', ['17', '"17"']],
    ['${env:COMMENT}', ['abc', 'abc # no comment']],
    ['${env:NOT_YAML}', ['[a, b', '[a, b']],
    ['${env:EMPTY}', [null, '']],
    ['http://${env:HOST}:${PORT}/', ['http://collector:4317/', 'http://collector:4317/']],
    ['${env:PORT}${env:PORT}', ['43174317', '43174317']],
    ['${env:NONE:-fallback}', ['fallback', 'fallback']],
    ['${NONE:-17}', [17, '17']],
    ['${env:NONE:-}', [null, '']],
    ['${env:EMPTY:-fallback}', [null, '']],
    ['${env:NONE:-${env:PORT}}', [4317, '4317']],
    ['${env:NONE:-a:-b}', ['a:-b', 'a:-b']],
    ['${env:${NONE:-HOST}}', ['collector', 'collector']],
    ['${file:key.txt}', ['secret-of-a-file', 'secret-of-a-file']],
    ['${file:number.txt}', [17, '17']],
    ['"$${env:HOST}"', ['${env:HOST}', '${env:HOST}']],
    ['5$$', ['5$', '5$']],
    ['$HOST', ['$HOST', '$HOST']],
    ['"$$$${HOST}"', ['$${HOST}', '$${HOST}']],
    ['${env:DOLLAR}', ['a$$b${HOST}', 'a$$b${HOST}']],
  ])('%s', (written, wanted) => {
    expect(scalar(written)).toEqual(wanted)
  })

  it('keeps the digits of a number, for places that want a string', () => {
    const { value } = expanded('v: ${env:DIGITS}')
    expect(value).toMatchObject({ kind: 'scalar', text: ENV.DIGITS, written: '${env:DIGITS}' })
  })

  it('takes lists and maps from a variable', () => {
    expect(expanded('v: ${env:LIST}').value).toMatchObject({
      kind: 'list',
      items: [{ value: 'a' }, { value: 'b' }],
      place: { source: 'c.yaml', line: 1 },
    })
    const { value } = expanded('v: ${env:MAP}')
    expect(nodeAt(value, ['a'])).toMatchObject({ value: 1, from: [{ scheme: 'env', name: 'MAP' }] })
  })

  it('includes a YAML file, with its own places, and expands what is in it', () => {
    const { value, faults } = expanded('x: 1\nv: ${file:part.yaml}')
    expect(faults).toEqual([])
    expect(nodeAt(value, ['grpc', 'endpoint'])).toMatchObject({
      text: 'collector:1',
      place: { source: 'part.yaml', line: 2 },
    })
  })

  it.each([
    ['${env:NONE}', /^c\.yaml:1: v needs the environment variable NONE, which is not set/],
    ['${env:POORT}', /did you mean PORT\?/],
    ['${file:none.txt}', /^c\.yaml:1: v needs the file none\.txt: it does not exist$/],
    ['${http:x}', /^c\.yaml:1: v refers to something of the unknown kind "http"/],
    ['${1X}', /^c\.yaml:1: v refers to a variable by something that is no name/],
    ['"${HOST"', /^c\.yaml:1: v has a \$\{ without its \}/],
    ['${file:broken.yaml}', /^broken\.yaml:1: is indented wrongly, or lacks a closing bracket$/],
    ['${file:circle.yaml}', /includes the file circle\.yaml, which includes itself/],
  ])('says what is wrong with %s', (written, message) => {
    const { faults } = expanded(`v: ${written}`)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(message)
  })

  it('names every variable that is not set', () => {
    const { faults } = expanded('v: ${env:FIRST}:${env:SECOND}')
    expect(faults.map((fault) => /variable (\w+)/.exec(fault)?.[1])).toEqual(['FIRST', 'SECOND'])
  })
})
