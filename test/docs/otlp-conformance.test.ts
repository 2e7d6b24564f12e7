import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { read, ROOT, tableRows } from './markdown.ts'

const FOLDER = 'test/receiver/otlp/'
const points = tableRows(read('docs/otlp-conformance.md'))

/** `number file` for each test file of the receiver that a point names. */
function namedByPoints(): string[] {
  return points.flatMap(([number, , held = '']) =>
    Array.from(held.matchAll(/otlp\/([a-z-]+\.test\.ts)\)/g), ([, file]) => `${number} ${file}`),
  )
}

/** The same from titles such as `'9, 32: completes calls in flight'`. */
function citedInTitles(): string[] {
  const files = readdirSync(ROOT + FOLDER).filter((file) => file.endsWith('.test.ts'))
  return files.flatMap((file) =>
    Array.from(read(FOLDER + file).matchAll(/['`](\d+(?:, \d+)*): /g)).flatMap(([, numbers]) =>
      numbers!.split(', ').map((number) => `${number} ${file}`),
    ),
  )
}

describe('docs/otlp-conformance.md', () => {
  it('has 33 points in order', () => {
    expect(points.map(([number]) => number)).toEqual(
      Array.from({ length: 33 }, (_, at) => `${at + 1}`),
    )
  })

  it('names the tests whose titles cite a point, and no others', () => {
    expect(namedByPoints().toSorted()).toEqual([...new Set(citedInTitles())].toSorted())
  })
})
