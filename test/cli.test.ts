import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PORTS = [
  'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
  'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
  'extensions.health_check.endpoint=127.0.0.1:0',
  'service.telemetry.metrics.level=none',
  'service.telemetry.logs.encoding=json',
]

const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const { stdout, stderr } = child
  const ended = once(child, 'close').then(([code]: unknown[]) => code)
  return { child, stdout, stderr, ended }
}

async function finish(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr, ended } = start(args, env)
  const [out, err, code] = await Promise.all([text(stdout), text(stderr), ended])
  return { code, stdout: out, stderr: err }
}

const runArgs = (...more: string[]): string[] => [
  'run',
  ...[...PORTS, ...more].map((set) => `--set=${set}`),
]
const ENV = { PAGERDUTY_API_KEY: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00' }

describe('the process', () => {
  it('ends with 2 and the variable, file and line when the key is not set', async () => {
    const { code, stderr } = await finish([])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^error: otel-config\.yaml:\d+: .* PAGERDUTY_API_KEY, which is not set$/m,
    )
  })

  it('prints on stdout what was asked for', async () => {
    expect(await finish(['validate'], ENV)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/The configuration is valid\.\n$/),
      stderr: '',
    })
  })

  it('runs until SIGTERM, and then ends with 0', async () => {
    const { child, stderr, ended } = start(runArgs(), ENV)
    const said: string[] = []
    for await (const line of createInterface({ input: stderr })) {
      const { msg, reason } = JSON.parse(line) as { msg: string; reason?: string }
      said.push(reason === undefined ? msg : `${msg}: ${reason}`)
      if (msg.startsWith('ready')) child.kill('SIGTERM')
    }
    expect(await ended).toBe(0)
    expect(said[0]).toBe('starting spanpager')
    expect(said.slice(-2)).toEqual(['stopping: SIGTERM', 'stopped'])
  })

  it('ends with 1 and names port and key when a port is in use', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const set = `receivers.otlp.protocols.http.endpoint=127.0.0.1:${port}`
    const { code, stderr } = await finish(runArgs(set), ENV)
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`127.0.0.1:${port}`)
    expect(stderr).toContain('receivers.otlp.protocols.http.endpoint')
  })

  it('takes it well when its reader has seen enough', async () => {
    const { child, stdout, stderr, ended } = start(['schema'])
    stdout.destroy()
    expect(await text(stderr)).toBe('')
    expect(await ended).toBe(0)
    expect(child.signalCode).toBeNull()
  })
})
