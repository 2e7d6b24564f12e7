import { describe, expect, it } from 'vitest'
import { ANNOUNCED_ATTRIBUTES } from '../../src/span-processor/announcement.ts'
import { mayBeRequest } from '../../src/span-processor/candidates.ts'
import { optionsFromEnvironment } from '../../src/span-processor/environment.ts'
import { completeOptions } from '../../src/span-processor/options.ts'
import { read, section, tableRows } from '../docs/markdown.ts'
import { trackedSpan } from './tracked-span.ts'

const README = read('src/span-processor/README.md')

const quoted = (text: string): string[] =>
  Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => name!)

describe('the README of the SpanProcessor', () => {
  it('has all options with their defaults', () => {
    const rows = tableRows(section(README, 'Options'))
    const defaults = new Map(rows.map(([name = '', value = '']) => [name, value]))
    const options = Object.entries(completeOptions({}))
    expect([...defaults.keys()].toSorted()).toEqual(
      [...options.map(([name]) => name), 'exporter', 'logExporter', 'endpoint'].toSorted(),
    )
    for (const [name, value] of options) {
      if (typeof value === 'number') expect(defaults.get(name)).toBe(value.toLocaleString('en'))
      if (typeof value === 'string') expect(defaults.get(name)).toBe(value)
    }
  })

  it('names the attributes that are sent', () => {
    const names = quoted(section(README, 'What it sends'))
    for (const name of ANNOUNCED_ATTRIBUTES) expect(names).toContain(name)
  })

  it('names the attributes by which INTERNAL spans are tracked', () => {
    const limits = section(README, 'What it does not do').split(/^- /m)
    const names = quoted(limits.find((limit) => limit.startsWith('INTERNAL')) ?? '').filter(
      (name) => /^(gen_ai|openinference|llm|ai)\./.test(name),
    )
    expect(names).toHaveLength(6)
    for (const name of names) {
      const { span } = trackedSpan({ span: { kind: 0, attributes: { [name]: 'x' } } })
      expect(mayBeRequest(span, 'local'), name).toBe(true)
    }
    expect(mayBeRequest(trackedSpan({ span: { kind: 0 } }).span, 'local')).toBe(false)
  })

  it('names the variables that are read', () => {
    const asked = new Set<string>()
    optionsFromEnvironment(
      new Proxy({}, { get: (_target, name) => void asked.add(String(name)) }),
      () => {},
    )
    const names = quoted(section(README, 'Without editing code'))
    for (const name of asked) expect(names).toContain(name)
    expect(asked.size).toBe(10)
  })
})
