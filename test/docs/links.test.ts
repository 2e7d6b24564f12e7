import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchors, documents, prose, read, ROOT } from './markdown.ts'

/** Targets of all links, but those into the web. */
function targets(file: string): string[] {
  const inline = prose(read(file)).replaceAll(/`[^`\n]*`/g, '')
  return Array.from(inline.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1]!).filter(
    (target) => !/^[a-z]+:/.test(target),
  )
}

describe('links', () => {
  it('are found', () => {
    expect(targets('README.md').length).toBeGreaterThan(10)
  })

  it.each(documents())('of %s lead to something', (file) => {
    for (const target of targets(file)) {
      const [path = '', anchor] = target.split('#', 2)
      const to = path === '' ? file : join(dirname(file), path)
      expect(existsSync(ROOT + to), `${target} exists`).toBe(true)
      if (anchor !== undefined) expect(anchors(read(to)), target).toContain(anchor)
    }
  })
})
