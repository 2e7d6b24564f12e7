import { readFileSync } from 'node:fs'
import type { ConfigSources } from '../../src/config/read.ts'

export const ROUTING_KEY = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00'

/** Sources in which files are given by name and content; all others are read from the disk. */
export function sources(
  files: Readonly<Record<string, string>>,
  rest: { readonly sets?: readonly string[]; readonly env?: ConfigSources['env'] } = {},
): ConfigSources {
  return {
    files: Object.keys(files).filter((name) => name.endsWith('.yaml')),
    sets: rest.sets ?? [],
    env: rest.env ?? { PAGERDUTY_API_KEY: ROUTING_KEY },
    readFile: (path) => files[path] ?? readFileSync(path, 'utf8'),
  }
}
