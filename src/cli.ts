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
// Whoever reads the log may leave, and its disk be full: lines are lost then, pages are not.
process.stderr.on('error', () => undefined)
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, `spanpager schema | head`, is no fault.
  if (error.code === 'EPIPE') return
  // A full disk is one, and yet the collector, whose debug exporter writes here, goes on.
  process.stderr.write(`spanpager: standard output is not written: ${error.code}\n`)
  process.exitCode = 1
})

const exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  signal: stop.signal,
  onHangUp: (listener) => process.on('SIGHUP', listener),
})
process.exitCode ??= exitCode
