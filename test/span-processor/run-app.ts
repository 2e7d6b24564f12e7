import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** What `spanpager/register` is for users. */
export const REGISTER = new URL('../../src/register.ts', import.meta.url).href

/** As if no exporter were installed. */
export const WITHOUT_EXPORTERS = new URL('apps/without-exporters.ts', import.meta.url).href

export interface RunningApp {
  /** Ends its stdin, which is its sign to end. */
  finish(): void
  readonly stderr: NodeJS.ReadableStream
  /** Resolves when the process ended by itself. */
  readonly done: Promise<{ code: unknown; stdout: string; stderr: string }>
  kill(): void
}

/** Runs one of `apps/` after what `imports` names, with nothing of the environment but what is given. */
export function runApp(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  imports: readonly string[] = [],
): RunningApp {
  const path = fileURLToPath(new URL(`apps/${file}`, import.meta.url))
  const preload = imports.flatMap((url) => ['--import', url])
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    [...preload, path, ...args],
    { env: { ...env } },
  )
  const outcome = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return {
    finish() {
      child.stdin.end()
    },
    stderr: child.stderr,
    done: outcome.then(([[code], stdout, stderr]) => ({ code: code as unknown, stdout, stderr })),
    kill() {
      child.kill('SIGKILL')
    },
  }
}
