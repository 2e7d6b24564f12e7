import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { formatFault } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'
import { sources } from '../config/sources.ts'
import { documents, fences, read } from './markdown.ts'

const blocks = documents().flatMap((file) =>
  fences(read(file))
    .filter(({ info }) => info.split(' ')[0] === 'yaml')
    .map((fence) => ({ ...fence, at: `${file}:${fence.line}` })),
)
/** `yaml NAME` is a configuration of something else. */
const ours = blocks.filter(({ info }) => info === 'yaml')
const others = blocks.filter(({ info }) => info !== 'yaml')

describe('YAML in the documents', () => {
  it('is found', () => {
    expect(ours.length).toBeGreaterThan(5)
    expect(others.map(({ info }) => info)).toEqual(['yaml litellm', 'yaml collector'])
  })

  it.each(ours)('$at loads, laid over otel-config.yaml', ({ text }) => {
    const defaults = { 'otel-config.yaml': read('otel-config.yaml'), 'block.yaml': text }
    const loaded = loadConfig(sources(defaults))
    expect(loaded.kind === 'faults' ? loaded.faults.map(formatFault) : []).toEqual([])
  })

  it.each(others)('$at is YAML', ({ text }) => {
    expect(parse(text)).toBeTypeOf('object')
  })

  it('has the thresholds of the general form as `validate` sees them', () => {
    const block = ours.find(({ text }) => text.includes('failure_rate'))
    const loaded = loadConfig(
      sources({ 'otel-config.yaml': read('otel-config.yaml'), 'block.yaml': block!.text }),
    )
    const rules = loaded.kind === 'ok' ? loaded.config.processors[0]!.options.rules.rules : []
    expect(rules.map(({ name, on, windowMs }) => [name, on, windowMs])).toEqual([
      ['failure_rate', 'failures', 300_000],
      ['outage', 'failures', 60_000],
      ['slow_chat', 'hangs', 600_000],
    ])
  })
})
