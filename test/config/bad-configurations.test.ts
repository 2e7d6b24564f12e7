import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatFault } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ROUTING_KEY } from './sources.ts'

const FOLDER = new URL('../fixtures/config/', import.meta.url)
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''))

/** What a user reads, word for word; NAME.txt stands beside NAME.yaml. */
function told(file: string): string {
  const loaded = loadConfig({
    files: [file],
    sets: [],
    env: { PAGERDUTY_API_KEY: ROUTING_KEY, EMPTY: '' },
    readFile: (path) => readFileSync(new URL(path, FOLDER), 'utf8'),
  })
  const faults = loaded.kind === 'faults' ? loaded.faults : []
  return [
    ...loaded.warnings.map((warning) => `warning: ${formatFault(warning)}\n`),
    ...faults.map((fault) => `error: ${formatFault(fault)}\n`),
  ].join('')
}

describe('a bad configuration', () => {
  it('has a fixture for each kind of fault', () => {
    expect(names.length).toBeGreaterThan(40)
  })

  it.each(names)('%s: tells all its faults, each with place, path and what is right', (name) => {
    const text = told(`${name}.yaml`)
    expect(text).toBe(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'))
    expect(text).toMatch(/^(?:error|warning): /)
  })

  it.each(names)('%s: never shows a secret', (name) => {
    const secrets = [ROUTING_KEY, 'abcdefghijklmnopqrstuvwxyz', 'abcdef', 'u+abcdefghijklmnopqr']
    const text = told(`${name}.yaml`)
    for (const secret of secrets) expect(text).not.toContain(secret)
  })
})
