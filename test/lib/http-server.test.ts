import { once } from 'node:events'
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpServer, formatAddress, type HttpServer } from '../../src/lib/http-server.ts'

const setting = 'extensions.health_check.endpoint'
const open: HttpServer[] = []

function create(options: Partial<Parameters<typeof createHttpServer>[0]> = {}): HttpServer {
  const server = createHttpServer({
    host: 'localhost',
    port: 0,
    setting,
    onRequest: (_request, response) => response.end('hello'),
    ...options,
  })
  open.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.shutdown(AbortSignal.abort())))
})

function answer(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('error', reject).once('response', (response) => {
      response.once('end', () => resolve(response)).resume()
    })
  })
}

describe('createHttpServer', () => {
  it('resolves start with the port that was found, and answers', async () => {
    const address = await create().start()
    expect(address.address).toBe('127.0.0.1')
    expect(address.port).toBeGreaterThan(0)
    const response = await fetch(`http://${formatAddress(address)}/`)
    expect(await response.text()).toBe('hello')
  })

  it('starts once, however often it is asked', async () => {
    const server = create()
    expect(await server.start()).toEqual(await server.start())
  })

  it('listens on all interfaces without a host', async () => {
    const { port } = await create({ host: '' }).start()
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
  })

  it('names port and setting when the port is in use', async () => {
    const { port } = await create().start()
    await expect(create({ port }).start()).rejects.toThrow(
      `cannot listen on localhost:${port} (${setting}): the port is in use by another process`,
    )
  })

  it.each([
    ['192.0.2.1', 'this machine has no such address'],
    ['not..a.host', 'the host name is not known'],
  ])('says what is wrong with host %s', async (host, reason) => {
    await expect(create({ host }).start()).rejects.toThrow(`${host}:0 (${setting}): ${reason}`)
  })

  it('shuts down before start, after a failed start, and twice', async () => {
    const { signal } = new AbortController()
    await create().shutdown(signal)
    const failed = create({ host: '192.0.2.1' })
    await failed.start().catch(() => undefined)
    await failed.shutdown(signal)
    const server = create()
    await server.start()
    await Promise.all([server.shutdown(signal), server.shutdown(signal)])
    await server.shutdown(signal)
  })

  it('closes idle connections at shutdown and refuses new ones', async () => {
    const server = create()
    const { port } = await server.start()
    const agent = new Agent({ keepAlive: true })
    await answer(get({ port, agent }))
    await server.shutdown(new AbortController().signal)
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
    agent.destroy()
  })

  it('waits at shutdown for the answer under way, then closes its kept-alive connection', async () => {
    const asked = Promise.withResolvers<() => void>()
    const server = create({
      onRequest: (_request, response) => asked.resolve(() => response.end('late')),
    })
    const { port } = await server.start()
    const agent = new Agent({ keepAlive: true })
    const request = get({ port, agent })
    const respond = await asked.promise
    const stopped = server.shutdown(new AbortController().signal)
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
    respond()
    expect((await answer(request)).statusCode).toBe(200)
    await stopped
    agent.destroy()
  })

  it('cuts off the answer under way when the signal aborts', async () => {
    const asked = Promise.withResolvers<void>()
    const server = create({ onRequest: () => asked.resolve() })
    const { port } = await server.start()
    const failed = once(get({ port }), 'response').catch((error: unknown) => error)
    await asked.promise
    const deadline = new AbortController()
    const stopped = server.shutdown(deadline.signal)
    deadline.abort()
    await stopped
    expect(await failed).toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('formatAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:8888'],
    ['::1', '[::1]:8888'],
  ])('writes %s as %s', (address, text) => {
    expect(formatAddress({ address, port: 8888, family: '' })).toBe(text)
  })
})
