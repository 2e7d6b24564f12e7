/**
 * The receive path, from bytes on a loopback socket to updated windows:
 *
 *     node test/bench/receive.ts
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:http2'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ServerReady, ServerUsage } from './server.ts'
import { BATCH_SPANS, type Shape, tracesOf } from './shapes.ts'
import { type Template, templateOfTraces } from '../helpers/template.ts'

export interface ReceiveFigure {
  readonly name: string
  /** Spans per second of the collector's CPU time. */
  readonly spansPerCpuSecond: number
  /** Spans per second of the clock, with the generator on another core. */
  readonly spansPerSecond: number
  readonly rssMiB: number
}

const WARM_UP_MS = 1_500
const MEASURED_MS = 4_000
const IN_FLIGHT = 16

type Send = (body: Buffer) => Promise<void>

interface Sender {
  readonly send: Send
  close(): void
}

const SENDERS: Record<string, (urls: ServerReady) => Sender> = {
  grpc: ({ grpcUrl }) => grpcSender(grpcUrl),
  http: ({ httpUrl }) => httpSender(httpUrl, {}),
  'http gzip': ({ httpUrl }) => httpSender(httpUrl, { 'content-encoding': 'gzip' }),
}

/** One collector per figure, so that none inherits another's heap. */
export async function measureReceive(shape: Shape): Promise<readonly ReceiveFigure[]> {
  const template = templateOfTraces(tracesOf(shape, BATCH_SPANS))
  const figures: ReceiveFigure[] = []
  for (const [name, senderOf] of Object.entries(SENDERS)) {
    const server = fork(resolve(import.meta.dirname, 'server.ts'))
    try {
      const [ready] = (await once(server, 'message')) as [ServerReady]
      const sender = senderOf(ready)
      const nextBody = bodies(template, name.includes('gzip'))
      await load(sender.send, nextBody, WARM_UP_MS)
      const before = await usage(server)
      const startedMs = performance.now()
      await load(sender.send, nextBody, MEASURED_MS)
      const seconds = (performance.now() - startedMs) / 1000
      const after = await usage(server)
      sender.close()
      const spans = after.spans - before.spans
      figures.push({
        name: `${name} ${shape}`,
        spansPerCpuSecond: Math.round(spans / (after.cpuSeconds - before.cpuSeconds)),
        spansPerSecond: Math.round(spans / seconds),
        rssMiB: Math.round(after.rssMiB),
      })
    } finally {
      server.send('stop')
      await once(server, 'exit')
    }
  }
  return figures
}

/** Compressing in the generator would make it the limit: gzip bodies are made before, and sent once. */
function bodies(template: Template, gzip: boolean): () => Buffer | undefined {
  let turn = 0
  if (!gzip) return () => template.next((turn += 1))
  const made = Array.from({ length: 600 }, (_, at) => gzipSync(template.next(at), { level: 1 }))
  return () => made[turn++]
}

/** Sends with a fixed number in flight until the time is over or no body is left. */
async function load(send: Send, nextBody: () => Buffer | undefined, ms: number): Promise<void> {
  const untilMs = performance.now() + ms
  const lane = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const body = nextBody()
      if (body === undefined) return
      await send(body)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, () => lane()))
}

async function usage(server: ChildProcess): Promise<ServerUsage> {
  const answered = once(server, 'message')
  server.send('usage')
  const [answer] = (await answered) as [ServerUsage]
  return answer
}

function httpSender(url: string, headers: Record<string, string>): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  const target = new URL(`${url}/v1/traces`)
  const send: Send = (body) =>
    new Promise((done, reject) => {
      const outgoing = request(target, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-length': body.length,
          ...headers,
        },
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        response.resume()
        response.on('end', () => {
          if (response.statusCode === 200) done()
          else reject(new Error(`answered ${response.statusCode}`))
        })
      })
      outgoing.end(body)
    })
  return { send, close: () => agent.destroy() }
}

function grpcSender(url: string): Sender {
  // Node's default of 10 MB would refuse streams of ours.
  const session = connect(url, { maxSessionMemory: 1024 })
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  const send: Send = (body) =>
    new Promise((done, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
      })
      let status: unknown
      stream.on('trailers', (trailers) => (status = trailers['grpc-status']))
      stream.on('error', reject)
      stream.on('close', () => {
        if (status === '0') done()
        else reject(new Error(`grpc-status ${String(status)}`))
      })
      stream.resume()
      const frame = Buffer.alloc(5)
      frame.writeUInt32BE(body.length, 1)
      stream.write(frame)
      stream.end(body)
    })
  return { send, close: () => session.close() }
}

if (import.meta.main) {
  for (const shape of ['full', 'lean'] as const) console.table(await measureReceive(shape))
}
