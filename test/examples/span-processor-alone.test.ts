import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../examples/span-processor-alone/main.ts', import.meta.url))

describe('examples/span-processor-alone', () => {
  it('pages for a request while it is open, resolves when it is let go, and ends', async () => {
    const child = spawn(process.execPath, [MAIN])
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ])
    expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' })
    const told = ['does not end', 'PagerDuty: opened', 'let go', 'PagerDuty: resolved', 'Done: 1']
    const places = told.map((part) => stdout.indexOf(part))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThanOrEqual(0)
    expect(stdout).toMatch(/hang_evidence: announced = 1/)
  }, 40_000)
})
