import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../examples/pagerduty-stand-in/stand-in.ts'
import { sendFailure } from './helpers/send-failure.ts'

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

/** Reads the log until spans are taken; gives the URL of the HTTP receiver. */
async function ready(stderr: Readable): Promise<string> {
  let address = ''
  for await (const line of createInterface({ input: stderr })) {
    const said = JSON.parse(line) as { msg: string; transport?: string; address?: string }
    if (said.transport === 'http') address = said.address ?? ''
    if (said.msg.startsWith('ready')) break
  }
  return `http://${address}`
}

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

  it('runs on after SIGHUP, and says that it does not read the configuration again', async () => {
    const { child, stderr, ended } = start(runArgs(), ENV)
    const said: { level: string; msg: string }[] = []
    for await (const line of createInterface({ input: stderr })) {
      said.push(JSON.parse(line) as { level: string; msg: string })
      const { level, msg } = said.at(-1)!
      if (msg.startsWith('ready')) child.kill('SIGHUP')
      if (level === 'warn') child.kill('SIGTERM')
    }
    expect(await ended).toBe(0)
    expect(said.filter(({ level }) => level === 'warn')).toMatchObject([
      { msg: expect.stringContaining('the configuration is read at the start only') },
    ])
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

  it('pages although nobody reads its log and output any more', async () => {
    const pagerDuty = createPagerDutyStandIn()
    await pagerDuty.start()
    const args = runArgs(
      `exporters={pagerduty: {endpoint: "${pagerDuty.url}"}, debug: {}}`,
      'service.pipelines.traces.exporters=[debug, pagerduty]',
      'processors.llm_alerting.failure_threshold=1',
    )
    const { child, stdout, stderr, ended } = start(args, {
      PAGERDUTY_API_KEY: STAND_IN_ROUTING_KEY,
    })
    const url = await ready(stderr)
    stdout.destroy()
    stderr.destroy()
    await sendFailure(url)
    await pagerDuty.waitFor(() => pagerDuty.incidents().length === 1)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await pagerDuty.close()
  })

  it('says so when what was asked for cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['src/cli.ts', 'schema'], {
      cwd: ROOT,
      stdio: ['ignore', full, 'pipe'],
    })
    const ended = once(child, 'close')
    expect(await text(child.stderr!)).toBe('spanpager: standard output is not written: ENOSPC\n')
    expect(await ended).toEqual([1, null])
    closeSync(full)
  })

  it('takes it well when its reader has seen enough', async () => {
    const { child, stdout, stderr, ended } = start(['schema'])
    stdout.destroy()
    expect(await text(stderr)).toBe('')
    expect(await ended).toBe(0)
    expect(child.signalCode).toBeNull()
  })
})
