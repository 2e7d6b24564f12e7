#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { main } from './commands/main.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first asks for a clean end, the second does not wait for it.
    if (stop.signal.aborted) process.exit(1)
    stop.abort(name)
  })
}
// A reader that has seen enough, `spanpager schema | head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: stop.signal,
})
