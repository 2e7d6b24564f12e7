import { readFileSync } from 'node:fs'

/** Two folders up, from src/lib as from dist/lib. */
const PACKAGE = new URL('../../package.json', import.meta.url)

/** Version of this package. */
export function packageVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  return version
}
