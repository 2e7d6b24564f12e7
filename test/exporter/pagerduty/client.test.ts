import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createPagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../../examples/pagerduty-stand-in/stand-in.ts'
import type { PagerDutyStandIn } from '../../../examples/pagerduty-stand-in/stand-in.ts'
import { createPagerDutyExporter } from '../../../src/exporter/pagerduty/exporter.ts'
import { eventOf, failing } from '../alerts.ts'

const ENDPOINT = 'http://events.pagerduty.test'

let standIn: PagerDutyStandIn
let proxy: Server
let proxyUrl: string
let refusal: number | undefined
let tunnels: string[]
let sockets: Socket[]

/** A proxy that opens tunnels, all of them to the stand-in. */
beforeEach(async () => {
  standIn = createPagerDutyStandIn()
  await standIn.start()
  refusal = undefined
  tunnels = []
  sockets = []
  proxy = createServer((_request, response) => response.writeHead(400).end())
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '')
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`)
      return
    }
    const upstream = connect(Number(new URL(standIn.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    sockets.push(socket, upstream)
    for (const end of [socket, upstream]) end.on('error', () => end.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  proxyUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  for (const name of ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) {
    vi.stubEnv(name, undefined)
  }
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const socket of sockets) socket.destroy()
  proxy.close()
  proxy.closeAllConnections()
  await standIn.close()
})

async function attempt(endpoint: string) {
  const exporter = createPagerDutyExporter({
    options: { routingKey: STAND_IN_ROUTING_KEY, endpoint, timeoutMs: 10_000, links: [] },
  })
  await exporter.start()
  const signal = new AbortController().signal
  const result = await exporter.attempt(eventOf(failing()), signal)
  await exporter.shutdown(signal)
  return result
}

describe('createDispatcher', () => {
  it('goes through the proxy that the environment names', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl)
    expect(await attempt(ENDPOINT)).toEqual({ kind: 'delivered' })
    expect(tunnels).toEqual(['events.pagerduty.test:80'])
    expect(standIn.incidents()).toHaveLength(1)
  })

  it('reaches an endpoint on this machine without it', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl)
    expect(await attempt(standIn.url)).toEqual({ kind: 'delivered' })
    expect(await attempt(standIn.url.replace('127.0.0.1', 'localhost'))).toEqual({
      kind: 'delivered',
    })
    expect(tunnels).toEqual([])
  })

  it.each([
    [403, 'misconfigured'],
    [407, 'misconfigured'],
    [502, 'retry'],
  ])('takes a %d of the proxy for what it means', async (status, kind) => {
    vi.stubEnv('HTTP_PROXY', proxyUrl)
    refusal = status
    expect(await attempt(ENDPOINT)).toMatchObject({
      kind,
      reason: expect.stringContaining(`HTTP ${status}`),
    })
  })

  it('says which variable is no proxy URL, and does not quote it', async () => {
    vi.stubEnv('HTTP_PROXY', 'user:pass word@proxy')
    const refused = attempt(ENDPOINT)
    await expect(refused).rejects.toThrow('HTTPS_PROXY or HTTP_PROXY')
    await expect(refused).rejects.not.toThrow('pass')
  })
})
