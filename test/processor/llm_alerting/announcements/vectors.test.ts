import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { announcementRig, type PlainOpenRow } from './rig.ts'

const FOLDER = new URL('../../../fixtures/announcements/', import.meta.url)

function read(file: string): Buffer {
  return readFileSync(new URL(file, FOLDER))
}

const expected = JSON.parse(read('expected.json').toString()) as Record<string, PlainOpenRow[]>

describe('test vectors of announcements', () => {
  const files = readdirSync(FOLDER)

  describe.each(Object.entries(expected))('%s', (name, rows) => {
    const signal = files.includes(`${name}.logs.json`) ? 'logs' : 'traces'

    it.each(['json', 'protobuf'] as const)('means the same in %s', async (encoding) => {
      const extension = encoding === 'json' ? 'json' : 'binpb'
      const { consume, submitted } = announcementRig()
      expect(await consume(signal, encoding, read(`${name}.${signal}.${extension}`))).toEqual(rows)
      expect(submitted[0]!.records.count).toBe(0)
      expect(submitted[0]!.children).toBeUndefined()
    })
  })

  it('are all expected, and described', () => {
    const names = files
      .filter((file) => file.endsWith('.binpb'))
      .map((file) => file.slice(0, file.indexOf('.')))
    expect(names.sort()).toEqual(Object.keys(expected).sort())
    for (const name of names) expect(read('README.md').toString()).toContain(`\`${name}\``)
  })
})
