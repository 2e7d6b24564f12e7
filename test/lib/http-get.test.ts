import { afterEach, describe, expect, it } from 'vitest'
import { createGetListener, type HttpRoute } from '../../src/lib/http-get.ts'
import { createHttpServer, formatAddress, type HttpServer } from '../../src/lib/http-server.ts'

const open: HttpServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.shutdown(AbortSignal.abort())))
})

async function serve(route: HttpRoute, faults: unknown[] = []): Promise<string> {
  const onRequest = createGetListener({ '/page': route }, (error) => faults.push(error))
  const server = createHttpServer({ host: 'localhost', port: 0, setting: 'x', onRequest })
  open.push(server)
  return `http://${formatAddress(await server.start())}`
}

const page: HttpRoute = () => ({ status: 200, contentType: 'text/plain', body: 'größe' })

describe('createGetListener', () => {
  it.each([
    ['GET', '/page', 200, 'größe'],
    ['GET', '/page?a=/b', 200, 'größe'],
    ['HEAD', '/page', 200, ''],
    ['POST', '/page', 405, 'method not allowed\n'],
    ['DELETE', '/page', 405, 'method not allowed\n'],
    ['GET', '/page/', 404, 'not found\n'],
    ['POST', '/constructor', 404, 'not found\n'],
    ['GET', '//page', 404, 'not found\n'],
  ])('answers %s %s with %i', async (method, path, status, body) => {
    const response = await fetch((await serve(page)) + path, { method })
    expect(response.status).toBe(status)
    expect(await response.text()).toBe(body)
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null)
  })

  it('forbids caches and guesses of the type', async () => {
    const { headers } = await fetch(`${await serve(page)}/page`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-length')).toBe('7')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ] satisfies [string, HttpRoute][])('answers 500 when a route %s, and tells', async (_, route) => {
    const faults: unknown[] = []
    const response = await fetch(`${await serve(route, faults)}/page`)
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('internal error\n')
    expect(faults).toEqual([new Error('secret')])
  })
})
