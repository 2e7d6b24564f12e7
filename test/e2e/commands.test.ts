import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { STAND_IN_ROUTING_KEY } from '../../examples/pagerduty-stand-in/stand-in.ts'

const REPOSITORY = resolve(import.meta.dirname, '../..')
const FREE_PORTS = [
  'receivers.otlp.protocols.grpc.endpoint=localhost:0',
  'receivers.otlp.protocols.http.endpoint=localhost:0',
  'extensions.health_check.endpoint=localhost:0',
  'service.telemetry.metrics.level=none',
].flatMap((set) => ['--set', set])

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves when the text was printed; rejects when the process ends before. */
  printed(text: string | RegExp): Promise<void>
  readonly ended: Promise<number | string>
}

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  const ended = new Promise<number | string>((done) => {
    child.once('close', (code, signal) => done(code ?? signal ?? 'unknown'))
  })
  const chunk = (data: Buffer): void => {
    text += data.toString()
    child.emit('printed')
  }
  child.stdout.on('data', chunk)
  child.stderr.on('data', chunk)
  return {
    child,
    ended,
    output: () => text,
    printed: (wanted) =>
      new Promise((done, reject) => {
        const check = (): void => {
          if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) done()
        }
        child.on('printed', check)
        void ended.then(() => reject(new Error(`ended without ${String(wanted)}:\n${text}`)))
        check()
      }),
  }
}

const spanpager = (args: readonly string[], env?: Record<string, string>): Run =>
  run(process.execPath, ['src/cli.ts', ...args], env)

const KEY = { PAGERDUTY_API_KEY: STAND_IN_ROUTING_KEY }

describe('npm run demo', () => {
  it('shows both alerts of the quick start open and close', async () => {
    const demo = run(process.execPath, ['examples/llm-proxy/demo.ts'])
    expect(await demo.ended, demo.output()).toBe(0)
    const text = demo.output()
    for (const seen of [
      'incident #1 opened',
      'incident #2 opened',
      'incident #1 resolved',
      'incident #2 resolved',
      'llm-proxy: 1 LLM request waited 100 ns or more',
      'llm-proxy: 1 failed LLM request in 10 s (threshold 1), mostly 400',
      'rule failures: 1 against a threshold of 1: firing',
    ]) {
      expect(text).toContain(seen)
    }
    // No colours into a pipe.
    expect(text).not.toContain('\u001B[')
  }, 70_000)

  it('shows with --hang that a request is paged before it ends, and resolved when let go', async () => {
    const demo = run(process.execPath, ['examples/llm-proxy/demo.ts', '--hang'])
    expect(await demo.ended, demo.output()).toBe(0)
    const text = demo.output()
    const inOrder = [
      'incident #1 opened',
      'hang_evidence: announced = 1',
      'The request has not ended',
      'the proxy answered 200',
      'incident #1 resolved',
    ]
    const places = inOrder.map((seen) => text.indexOf(seen))
    expect(places, text).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }, 70_000)
})

describe('spanpager', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'runs otel-config.yaml and ends in order at %s',
    async (signal) => {
      const running = spanpager(FREE_PORTS, KEY)
      await running.printed(/in memory/)
      running.child.kill(signal)
      expect(await running.ended, running.output()).toBe(0)
      expect(running.output()).not.toContain(STAND_IN_ROUTING_KEY)
    },
  )

  it('names port and key when a port is taken, and ends with 1', async () => {
    const taken = createServer()
    await new Promise<void>((done) => {
      taken.listen(0, '127.0.0.1', done)
    })
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const set = `receivers.otlp.protocols.http.endpoint=127.0.0.1:${port}`
    const running = spanpager([...FREE_PORTS, '--set', set], KEY)
    expect(await running.ended).toBe(1)
    expect(running.output()).toContain(String(port))
    expect(running.output()).toContain('receivers.otlp.protocols.http.endpoint')
    await new Promise((done) => {
      taken.close(done)
    })
  })

  it('names the variable, the file and the line of a missing key, and ends with 2', async () => {
    const running = spanpager(FREE_PORTS)
    expect(await running.ended).toBe(2)
    expect(running.output()).toMatch(/PAGERDUTY_API_KEY/)
    expect(running.output()).toMatch(/otel-config\.yaml:\d+/)
  })
})

describe('npm start', () => {
  it('passes its arguments and signals on', async () => {
    const running = run('npm', ['start', '--', ...FREE_PORTS], KEY)
    await running.printed(/in memory/)
    running.child.kill('SIGTERM')
    expect(await running.ended, running.output()).toBe(0)
  })
})
