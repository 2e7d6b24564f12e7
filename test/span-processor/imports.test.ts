import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SOURCES = resolve(import.meta.dirname, '../../src')

interface Graph {
  /** Relative to src/. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
}

/** Everything that a door loads, statically or by a literal `import()`; types are not loaded. */
function graphOf(door: string): Graph {
  const files = new Set<string>()
  const packages = new Set<string>()
  const walk = (path: string): void => {
    if (files.has(path)) return
    files.add(path)
    for (const specifier of importsOf(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('.')) walk(resolve(dirname(path), specifier))
      else packages.add(specifier)
    }
  }
  walk(resolve(SOURCES, door))
  return {
    files: [...files].map((path) => relative(SOURCES, path)),
    packages: [...packages].sort(),
  }
}

function importsOf(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...statements].map(([, fromClause, dynamic]) => fromClause ?? dynamic ?? '')
}

describe.each(['index.ts', 'register.ts'])('the door src/%s', (door) => {
  const { files, packages } = graphOf(door)

  it('is walked', () => {
    expect(files).toContain('span-processor/processor.ts')
    expect(files).toContain('selection/selection.ts')
    expect(files.every((file) => existsSync(resolve(SOURCES, file)))).toBe(true)
  })

  it('reaches no server, no wire format, no configuration and no store', () => {
    const refused =
      /^(receiver|processor|config|pipeline|commands|telemetry|extension|collector)\b|sqlite|lib\/http-server|lib\/schema/
    expect(files.filter((file) => refused.test(file))).toEqual([])
  })

  it('needs no gRPC, YAML, SQLite or SDK', () => {
    expect(packages.filter((name) => !name.startsWith('node:') && name !== 'undici')).toEqual([])
    expect(packages).not.toContain('node:sqlite')
    expect(packages).not.toContain('node:http2')
  })
})
