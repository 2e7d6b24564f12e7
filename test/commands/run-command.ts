import { readFileSync } from 'node:fs'
import { main } from '../../src/commands/main.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process; files are given by name and content, else from the disk. */
export async function spanpager(
  args: readonly string[],
  given: {
    readonly files?: Readonly<Record<string, string>>
    readonly env?: Readonly<Record<string, string>>
    readonly signal?: AbortSignal
  } = {},
): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const code = await main({
    args,
    env: given.env ?? {},
    readFile: (path) => given.files?.[path] ?? readFileSync(path, 'utf8'),
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    signal: given.signal ?? new AbortController().signal,
    onHangUp: () => undefined,
  })
  return { code, stdout, stderr }
}

export const ROUTING_KEY = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00'
export const ENV = { PAGERDUTY_API_KEY: ROUTING_KEY }
