import { once } from 'node:events'
import http from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { encodeTraces } from '../../helpers/otlp.ts'
import { openSocket, postJson, postProtobuf, readStatus, readToEnd, send } from './clients.ts'
import { afterTest, gate, someSpans, startReceiver } from './running-receiver.ts'

const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

/** The JSON body of the last answer in what a connection received. */
function lastBody(received: string): unknown {
  return JSON.parse(received.slice(received.lastIndexOf('\r\n\r\n') + 4))
}

describe('size limits over HTTP', () => {
  it('15: a Content-Length over the limit is 413 before any of the body came', async () => {
    const { httpPort, telemetry } = await startReceiver()
    const socket = await openSocket(httpPort)
    socket.write(`${HEAD}Content-Length: 100000000\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 .*Connection: close/s)
    expect(lastBody(String(answer))).toMatchObject({ code: 8 })
    expect(telemetry.failed).toEqual(['http too_large'])
  })

  it('15: a client that sends all of a body over the limit reads the 413', async () => {
    const { httpPort, consumer } = await startReceiver({ http: { maxRequestBodyBytes: 100_000 } })
    const reply = await postProtobuf(httpPort, Buffer.alloc(5_000_000))
    expect(reply.status).toBe(413)
    expect(reply.headers.connection).toBe('close')
    expect(reply.headers['retry-after']).toBeUndefined()
    expect(readStatus(reply.body)).toMatchObject({ code: 8, details: {} })
    expect(consumer.requests).toEqual([])
  })

  it('15: a chunked body over the limit is 413', async () => {
    const { httpPort } = await startReceiver({ http: { maxRequestBodyBytes: 100_000 } })
    const reply = await postJson(httpPort, Buffer.alloc(5_000_000), {
      'Transfer-Encoding': 'chunked',
    })
    expect(reply.status).toBe(413)
    expect(JSON.parse(reply.body.toString())).toMatchObject({ code: 8 })
  })

  it('15: a body of exactly the limit is taken', async () => {
    const body = encodeTraces(someSpans(100))
    const { httpPort } = await startReceiver({ http: { maxRequestBodyBytes: body.length } })
    expect((await postProtobuf(httpPort, body)).status).toBe(200)
    const gzip = { 'Content-Encoding': 'gzip' }
    expect((await postProtobuf(httpPort, gzipSync(body), gzip)).status).toBe(200)
  })

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('15: a small %s that expands over the limit is 413', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(32_000_000))
    for (const maxRequestBodyBytes of [100_000, 16_000_000]) {
      const { httpPort, telemetry } = await startReceiver({ http: { maxRequestBodyBytes } })
      const reply = await postProtobuf(httpPort, bomb, { 'Content-Encoding': coding })
      expect(reply.status).toBe(413)
      expect(readStatus(reply.body)).toMatchObject({ code: 8 })
      expect(telemetry.failed).toEqual(['http too_large'])
    }
  })

  it('15: Content-Length with Transfer-Encoding is refused, and the connection closed', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    const socket = await openSocket(httpPort)
    socket.write(
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    )
    const received = await readToEnd(socket)
    expect(received).toMatch(/^HTTP\/1.1 400 /)
    expect(lastBody(received)).toMatchObject({ code: 3 })
    expect(consumer.requests).toEqual([])
    expect(telemetry.failed).toEqual(['http invalid_argument'])
  })

  it('15: a client that asks first is told to go on, or not', async () => {
    const { httpPort, consumer } = await startReceiver({ http: { maxRequestBodyBytes: 1_000 } })
    const socket = await openSocket(httpPort)
    socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`)
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /)
    socket.write('{}')
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 .*\{\}$/s)
    socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n`)
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 413 /)
    expect(consumer.requests).toEqual([])
  })
})

describe('connections over HTTP', () => {
  it('12: what is not HTTP is 400 with a Status', async () => {
    const { httpPort, telemetry } = await startReceiver()
    const socket = await openSocket(httpPort)
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const received = await readToEnd(socket)
    expect(received).toMatch(/^HTTP\/1.1 400 .*Content-Type: application\/json/s)
    expect(lastBody(received)).toMatchObject({
      code: 3,
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest' }],
    })
    expect(telemetry.failed).toEqual(['http invalid_argument'])
  })

  it('12: a request without Host is 400, headers over 16 KiB are 431, both with a Status', async () => {
    const { httpPort } = await startReceiver()
    const hostless = await openSocket(httpPort)
    hostless.write('POST /v1/traces HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    const first = await readToEnd(hostless)
    expect(first).toMatch(/^HTTP\/1.1 400 /)
    expect(lastBody(first)).toMatchObject({ code: 3 })
    const large = await openSocket(httpPort)
    large.write(`${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`)
    const second = await readToEnd(large)
    expect(second).toMatch(/^HTTP\/1.1 431 /)
    expect(lastBody(second)).toMatchObject({ code: 8 })
  })

  it('12: CONNECT, which Node would hang up on, is 405 with Allow too', async () => {
    const { httpPort, telemetry } = await startReceiver()
    const socket = await openSocket(httpPort)
    socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')
    const received = await readToEnd(socket)
    expect(received).toMatch(/^HTTP\/1.1 405 Method Not Allowed\r\n.*\r\nAllow: POST\r\n/s)
    expect(lastBody(received)).toMatchObject({ code: 12 })
    expect(telemetry.failed).toEqual(['http unimplemented'])
  })

  it('12: a client that resets the connection after CONNECT harms nobody', async () => {
    const { httpPort } = await startReceiver()
    const socket = await openSocket(httpPort)
    socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.resetAndDestroy()
    expect((await postJson(httpPort, '{}')).status).toBe(200)
  })

  it('19: slow headers end in 408', async () => {
    const { httpPort, telemetry } = await startReceiver({ http: { readHeaderTimeoutMs: 100 } })
    const socket = await openSocket(httpPort)
    socket.write('POST /v1/traces HTTP/1.1\r\n')
    const received = await readToEnd(socket)
    expect(received).toMatch(/^HTTP\/1.1 408 /)
    expect(lastBody(received)).toMatchObject({ code: 4 })
    expect(telemetry.failed).toEqual(['http invalid_argument'])
  })

  it('19: a slow body ends in 408', async () => {
    const { httpPort, consumer } = await startReceiver({
      http: { readHeaderTimeoutMs: 100, readTimeoutMs: 200 },
    })
    const socket = await openSocket(httpPort)
    socket.write(`${HEAD}Content-Length: 10\r\n\r\n{`)
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 408 /)
    expect(consumer.requests).toEqual([])
  })

  it('19: a connection is kept alive, and closed once it is idle', async () => {
    const { httpPort } = await startReceiver({ http: { idleTimeoutMs: 100 } })
    const socket = await openSocket(httpPort)
    for (let request = 0; request < 3; request++) {
      socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`)
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /)
    }
    expect(await readToEnd(socket)).toBe('')
  })

  it('19: a connection that never sent a byte is closed without a word', async () => {
    const { httpPort, telemetry } = await startReceiver({ http: { readHeaderTimeoutMs: 100 } })
    expect(await readToEnd(await openSocket(httpPort))).toBe('')
    expect(telemetry.failed).toEqual([])
  })

  it('19: a client that leaves mid-body harms nobody and leaves nothing behind', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const socket = await openSocket(httpPort)
      socket.write(`${HEAD}${framing}\r\n\r\n10\r\n{`)
      socket.destroy()
      await once(socket, 'close')
    }
    expect((await postJson(httpPort, '{}')).status).toBe(200)
    expect(consumer.requests).toEqual([])
    expect(telemetry.broken).toEqual([])
  })

  it('19: a client that leaves before the answer harms nobody', async () => {
    const { httpPort, consumer, telemetry } = await startReceiver()
    const { opened, open } = gate()
    consumer.answer = async () => {
      await opened
      return { rejected: 1, message: 'never read' }
    }
    const outgoing = http.request({
      host: '127.0.0.1',
      port: httpPort,
      path: '/v1/traces',
      method: 'POST',
      headers: { 'Content-Type': 'application/x-protobuf' },
    })
    outgoing.on('error', () => undefined)
    outgoing.end(encodeTraces(someSpans(1)))
    await vi.waitFor(() => expect(consumer.requests).toHaveLength(1))
    const left = new Promise((resolve) => {
      outgoing.once('close', resolve)
    })
    outgoing.destroy()
    await left
    open()
    expect((await postJson(httpPort, '{}')).status).toBe(200)
    await vi.waitFor(() => expect(telemetry.refused.http).toBe(1))
    expect(telemetry.broken).toEqual([])
  })

  it('8: many requests at once share their buffers and none is lost', async () => {
    const { httpPort, consumer } = await startReceiver()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
    afterTest(() => agent.destroy())
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        send(httpPort, {
          agent,
          headers: { 'Content-Type': 'application/x-protobuf' },
          body: encodeTraces(someSpans(20, 1 + index * 20)),
        }),
      ),
    )
    expect(replies.every((reply) => reply.status === 200)).toBe(true)
    expect(new Set(consumer.spans.map((span) => span.spanId)).size).toBe(2_000)
  })
})

describe('CORS', () => {
  const cors = {
    allowedOrigins: ['https://*.example.com', 'http://localhost:3000'],
    allowedHeaders: ['X-Tenant'],
    maxAgeSeconds: 600,
  }

  function preflight(port: number, origin: string) {
    return send(port, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,x-tenant',
      },
    })
  }

  it('20: answers the preflight of an allowed origin', async () => {
    const { httpPort } = await startReceiver({ http: { cors } })
    const reply = await preflight(httpPort, 'https://app.example.com')
    expect(reply.status).toBe(204)
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type, Content-Encoding, X-Tenant',
      'access-control-max-age': '600',
      vary: 'Origin',
    })
  })

  it('20: allows the answers, errors too, to an allowed origin', async () => {
    const { httpPort } = await startReceiver({ http: { cors } })
    const headers = { Origin: 'http://localhost:3000' }
    for (const body of ['{}', '{']) {
      const reply = await postJson(httpPort, body, headers)
      expect(reply.headers['access-control-allow-origin']).toBe('http://localhost:3000')
    }
  })

  it('20: allows nothing to others', async () => {
    const { httpPort } = await startReceiver({ http: { cors } })
    for (const origin of ['https://example.com.evil.org', 'http://localhost:30001', 'null']) {
      const reply = await preflight(httpPort, origin)
      expect(reply.status).toBe(204)
      expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
      const post = await postJson(httpPort, '{}', { Origin: origin })
      expect(post.headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  it('20: lets any header pass where * is allowed', async () => {
    const { httpPort } = await startReceiver({
      http: { cors: { allowedOrigins: ['*'], allowedHeaders: ['*'], maxAgeSeconds: undefined } },
    })
    const reply = await preflight(httpPort, 'https://anywhere.org')
    expect(reply.headers['access-control-allow-headers']).toBe('content-type,x-tenant')
    expect(reply.headers).not.toHaveProperty('access-control-max-age')
  })

  it('20: a custom path works, and the default one is gone', async () => {
    const { httpPort } = await startReceiver({ http: { tracesUrlPath: '/otlp/spans' } })
    const headers = { 'Content-Type': 'application/json' }
    expect((await send(httpPort, { path: '/otlp/spans', headers, body: '{}' })).status).toBe(200)
    expect((await postJson(httpPort, '{}')).status).toBe(404)
  })
})
