import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { OWN_KEYS } from '../../src/processor/llm_alerting/announcements/own-content.ts'
import { ANNOUNCED_ATTRIBUTES } from '../../src/span-processor/announcement.ts'
import { read, ROOT, section, tableRows } from './markdown.ts'

const PAGE = read('docs/announcements.md')
const VECTORS = 'test/fixtures/announcements/'
const files = readdirSync(ROOT + VECTORS).filter((file) => file.endsWith('.json'))

/** Types of attributes as OTLP/JSON writes them, to those of the page. */
const TYPES: Readonly<Record<string, string>> = {
  stringValue: 'string',
  intValue: 'number',
  doubleValue: 'number',
  boolValue: 'boolean',
}

/** Attribute and type of all announcements of our own among the vectors, those of resources left out. */
function sent(): Map<string, string> {
  const found = new Map<string, string>()
  for (const file of files.filter((name) => /^(span|log)-/.test(name))) {
    const records = read(VECTORS + file).replaceAll(/"resource": \{.*?\n {6}\}/gs, '"resource": {}')
    for (const [, key, type] of records.matchAll(/"key": "([^"]+)",\s*"value": \{\s*"(\w+)"/g)) {
      found.set(key!, TYPES[type!]!)
    }
  }
  return found
}

describe('docs/announcements.md', () => {
  const rows = tableRows(section(PAGE, 'Attributes'))
  const types = new Map(rows.map(([name, type]) => [name!, type!.split(',')[0]!]))

  it('has the attributes that are read', () => {
    const described = [
      ...types.keys(),
      ...Array.from(PAGE.matchAll(/`([\w.]+)`/g), ([, at]) => at!),
    ]
    expect(described).toEqual(expect.arrayContaining(Object.values(OWN_KEYS)))
  })

  it('has those of spans that the SpanProcessor announces', () => {
    expect([...types.keys()].slice(-ANNOUNCED_ATTRIBUTES.length)).toEqual(ANNOUNCED_ATTRIBUTES)
  })

  it('gives the types that the vectors have', () => {
    const vectors = sent()
    expect(vectors.size).toBeGreaterThan(15)
    for (const [name, type] of vectors) {
      if (types.has(name)) expect(types.get(name), name).toBe(type)
      else expect(PAGE, name).toContain(`\`${name}\``)
    }
  })

  it('links all vectors', () => {
    const linked = Array.from(
      PAGE.matchAll(/announcements\/([\w.-]+\.json)\)/g),
      ([, file]) => file!,
    )
    expect(linked.toSorted()).toEqual(files.toSorted())
  })
})
