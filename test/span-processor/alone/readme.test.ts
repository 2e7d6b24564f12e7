import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../../src/alerting-options/settings.ts'
import { DEFAULT_THRESHOLDS } from '../../../src/alerting-options/thresholds.ts'
import { DEFAULT_TIMEOUT_MS } from '../../../src/exporter/pagerduty/options.ts'
import { ALONE_KEYS } from '../../../src/span-processor/alone/options.ts'
import { read, section, tableRows } from '../../docs/markdown.ts'

const rows = tableRows(section(read('src/span-processor/README.md'), 'Alone'))

describe('the README of the SpanProcessor about alone', () => {
  it('has all options', () => {
    expect(rows.map(([name = '']) => name).toSorted()).toEqual([...ALONE_KEYS].toSorted())
  })

  it('has their defaults', () => {
    const written = new Map(rows.map(([name = '', value = '']) => [name, value]))
    const defaults = { ...DEFAULT_SETTINGS, ...DEFAULT_THRESHOLDS, timeoutMs: DEFAULT_TIMEOUT_MS }
    const { preset: _preset, inferOpen: _infer, maxOpenAgeMs: _maxOpenAge, ...alone } = defaults
    for (const [name, value] of Object.entries(alone)) {
      const text = typeof value === 'number' ? value.toLocaleString('en') : String(value)
      expect(written.get(name), name).toBe(text)
    }
  })
})
