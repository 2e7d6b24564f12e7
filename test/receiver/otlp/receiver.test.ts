import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { encodeTraces } from '../../helpers/otlp.ts'
import { grpcClient, openSession, openSocket, postProtobuf, readToEnd, send } from './clients.ts'
import {
  afterTest,
  createReceiver,
  gate,
  optionsOf,
  someSpans,
  startReceiver,
} from './running-receiver.ts'

const UNAVAILABLE = 14
const JSON_HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

/** A listener that occupies a port. */
async function occupy(host: string, port = 0): Promise<number> {
  const server = net.createServer()
  afterTest(() => {
    server.close()
  })
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isRefused(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = net.connect({ host, port })
  const refused = await Promise.race([
    once(socket, 'connect').then(() => false),
    new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(true))
    }),
  ]).catch(() => true)
  socket.destroy()
  return refused
}

describe('acknowledgement', () => {
  it('31: comes only after the consumer has the spans', async () => {
    const { grpcPort, httpPort, consumer, telemetry } = await startReceiver()
    const { opened, open } = gate()
    const order: string[] = []
    consumer.answer = async () => {
      await opened
      order.push('safe')
      return { rejected: 0, message: '' }
    }
    const calls = [
      grpcClient(grpcPort)
        .call(encodeTraces(someSpans(1)))
        .then(() => order.push('answered')),
      postProtobuf(httpPort, encodeTraces(someSpans(1))).then(() => order.push('answered')),
    ]
    await vi.waitFor(() => expect(consumer.requests).toHaveLength(2))
    expect(telemetry.accepted).toEqual({ grpc: 0, http: 0 })
    open()
    await Promise.all(calls)
    expect(order).toEqual(['safe', 'safe', 'answered', 'answered'])
    expect(telemetry.accepted).toEqual({ grpc: 1, http: 1 })
  })
})

describe('start', () => {
  it('resolves with the ports known, and says where it listens', async () => {
    const { receiver, telemetry, grpcPort, httpPort } = await startReceiver()
    expect(receiver.address('grpc')).toEqual({ host: '127.0.0.1', port: grpcPort })
    expect(telemetry.listening).toEqual([
      `otlp grpc 127.0.0.1:${grpcPort}`,
      `otlp http 127.0.0.1:${httpPort}`,
    ])
    await receiver.start()
    expect(receiver.address('grpc')?.port).toBe(grpcPort)
  })

  it('starts one protocol alone', async () => {
    const { grpc } = optionsOf()
    const { receiver } = createReceiver({ grpc: grpc! })
    await receiver.start()
    expect(receiver.address('grpc')).toBeDefined()
    expect(receiver.address('http')).toBeUndefined()
  })

  it.each(['127.0.0.1', '::1'])('localhost is reached at %s', async (host) => {
    const port = await freePort()
    const { grpc, http: httpOptions } = optionsOf()
    const { receiver } = createReceiver({
      grpc: { ...grpc!, host: 'localhost', port },
      http: { ...httpOptions!, host: 'localhost' },
    })
    await receiver.start()
    expect(receiver.address('grpc')).toEqual({ host: 'localhost', port })
    expect(await isRefused(port, host)).toBe(false)
    expect(await isRefused(receiver.address('http')!.port, host)).toBe(false)
  })

  it('an empty host is every interface', async () => {
    const { receiver } = createReceiver(optionsOf({ grpc: { host: '' }, http: { host: '' } }))
    await receiver.start()
    expect(await isRefused(receiver.address('grpc')!.port)).toBe(false)
    expect(await isRefused(receiver.address('http')!.port)).toBe(false)
  })

  it.each(['grpc', 'http'] as const)(
    '32: %s fails on a port in use and names endpoint and key',
    async (protocol) => {
      const port = await occupy('127.0.0.1')
      const { receiver } = createReceiver(optionsOf({ [protocol]: { port } }), 'otlp/two')
      await expect(receiver.start()).rejects.toThrow(
        `receivers.otlp/two.protocols.${protocol}.endpoint: ` +
          `cannot listen on 127.0.0.1:${port}: the port is in use`,
      )
      expect(receiver.address(protocol)).toBeUndefined()
    },
  )

  it('32: localhost fails when its port is taken on ::1 alone', async () => {
    const port = await occupy('::1')
    const { receiver } = createReceiver(optionsOf({ http: { host: 'localhost', port } }))
    await expect(receiver.start()).rejects.toThrow(`cannot listen on localhost:${port}`)
    expect(await isRefused(port)).toBe(true)
  })

  it('32: a host that is not ours is named', async () => {
    const { receiver } = createReceiver(optionsOf({ grpc: { host: '192.0.2.1', port: 4317 } }))
    await expect(receiver.start()).rejects.toThrow(
      'receivers.otlp.protocols.grpc.endpoint: cannot listen on 192.0.2.1:4317: ',
    )
  })

  it('a second listener that fails stops the first', async () => {
    const port = await occupy('127.0.0.1')
    const grpcPort = await freePort()
    const { receiver } = createReceiver(optionsOf({ grpc: { port: grpcPort }, http: { port } }))
    await expect(receiver.start()).rejects.toThrow('protocols.http.endpoint')
    expect(await isRefused(grpcPort)).toBe(true)
    expect(receiver.address('grpc')).toBeUndefined()
  })
})

describe('shutdown', () => {
  it('is safe before start and twice, and can be followed by a start', async () => {
    const { receiver } = createReceiver(optionsOf())
    const signal = AbortSignal.timeout(5_000)
    await receiver.shutdown(signal)
    await receiver.start()
    await Promise.all([receiver.shutdown(signal), receiver.shutdown(signal)])
    await receiver.shutdown(signal)
    expect(receiver.address('http')).toBeUndefined()
    await receiver.start()
    expect(receiver.address('http')).toBeDefined()
  })

  it('waits for a start that is under way', async () => {
    const { receiver } = createReceiver(optionsOf())
    const started = receiver.start()
    await receiver.shutdown(AbortSignal.timeout(5_000))
    await started
    expect(receiver.address('grpc')).toBeUndefined()
  })

  it('9, 32: completes calls in flight and takes nothing new', async () => {
    const { receiver, consumer, grpcPort, httpPort } = await startReceiver()
    const { opened, open } = gate()
    consumer.answer = async () => {
      await opened
      return { rejected: 0, message: '' }
    }
    const agent = new http.Agent({ keepAlive: true })
    afterTest(() => agent.destroy())
    const session = await openSession(grpcPort)
    const goaway = once(session, 'goaway')
    const call = grpcClient(grpcPort).call(encodeTraces(someSpans(1)))
    const post = send(httpPort, {
      agent,
      headers: { 'Content-Type': 'application/x-protobuf' },
      body: encodeTraces(someSpans(1)),
    })
    await vi.waitFor(() => expect(consumer.requests).toHaveLength(2))

    const stopped = receiver.shutdown(AbortSignal.timeout(10_000))
    await goaway
    expect(await isRefused(grpcPort)).toBe(true)
    expect(await isRefused(httpPort)).toBe(true)
    open()
    expect((await call).code).toBe(0)
    const reply = await post
    expect(reply.status).toBe(200)
    expect(reply.headers.connection).toBe('close')
    await stopped
    expect((await grpcClient(grpcPort).call(encodeTraces(someSpans(1)))).code).toBe(UNAVAILABLE)
    expect(consumer.requests).toHaveLength(2)
  })

  it('does not wait for connections without a request', async () => {
    const { receiver, grpcPort, httpPort } = await startReceiver()
    const silent = [await openSocket(httpPort), await openSocket(grpcPort)]
    const idle = await openSocket(httpPort)
    idle.write(`${JSON_HEAD}Content-Length: 2\r\n\r\n{}`)
    await once(idle, 'data')
    const ends = [...silent, idle].map(readToEnd)
    const signal = AbortSignal.timeout(10_000)
    await receiver.shutdown(signal)
    expect(signal.aborted).toBe(false)
    await Promise.all(ends)
  })

  it('ends calls in flight itself when the signal aborts', async () => {
    const { receiver, consumer, telemetry, grpcPort, httpPort } = await startReceiver()
    const { opened, open } = gate()
    consumer.answer = async () => {
      await opened
      return { rejected: 0, message: '' }
    }
    const call = grpcClient(grpcPort).call(encodeTraces(someSpans(1)))
    const post = postProtobuf(httpPort, encodeTraces(someSpans(1))).then(
      () => 'answered',
      () => 'cut off',
    )
    const half = await openSocket(httpPort)
    half.write(`${JSON_HEAD}Content-Length: 100\r\n\r\n{`)
    await vi.waitFor(() => expect(consumer.requests).toHaveLength(2))
    const abort = new AbortController()
    const stopped = receiver.shutdown(abort.signal)
    abort.abort()
    await stopped
    expect((await call).code).not.toBe(0)
    expect(await post).toBe('cut off')
    open()
    await vi.waitFor(() => expect(telemetry.accepted).toEqual({ grpc: 1, http: 1 }))
    expect(telemetry.broken).toEqual([])
  })
})
