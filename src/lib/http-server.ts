import { lookup } from 'node:dns/promises'
import { createServer, type RequestListener, type ServerOptions } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'

export interface HttpServerOptions {
  /** Name or address of the interface; empty = all of them. */
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** Where the port is configured; the error names it when the port cannot be had. */
  readonly setting: string
  readonly onRequest: RequestListener
  /** Open connections at a time; more are closed at once. Default 1,000. */
  readonly maxConnections?: number
  /** Node's own options; default: headers within 10 s, requests within 30 s, idle for 75 s. */
  readonly server?: ServerOptions
}

/** A node:http server with a life: see Component in model/. */
export interface HttpServer {
  /** Resolves with the address once connections are taken. Rejects with what to change. */
  start(): Promise<AddressInfo>
  /** Takes no more requests, waits for those under way, cuts them off when `signal` aborts. */
  shutdown(signal: AbortSignal): Promise<void>
}

/** Listening has no side effect before `start()`. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { host, port, setting } = options
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    // Above the usual scrape and export intervals, so that pollers keep their connection.
    keepAliveTimeout: 75_000,
    ...options.server,
  })
  server.maxConnections = options.maxConnections ?? 1000
  server.on('request', (request, response) => {
    // A kept-alive connection that was busy when close() came would otherwise stay open until its
    // idle time is over.
    response.once('close', () => {
      if (closing) server.closeIdleConnections()
    })
    options.onRequest(request, response)
  })

  let closing = false
  let started: Promise<AddressInfo> | undefined
  let stopped: Promise<void> | undefined

  async function listen(): Promise<AddressInfo> {
    try {
      const address = await resolveHost(host)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      throw new Error(`cannot listen on ${host}:${port} (${setting}): ${explain(error)}`, {
        cause: error,
      })
    }
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('not a TCP server')
    return address
  }

  async function close(signal: AbortSignal): Promise<void> {
    closing = true
    await started?.catch(() => undefined)
    if (!server.listening) return
    const cutOff = () => server.closeAllConnections()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      if (signal.aborted) cutOff()
      else signal.addEventListener('abort', cutOff, { once: true })
    })
    signal.removeEventListener('abort', cutOff)
  }

  return {
    start: () => (started ??= listen()),
    shutdown: (signal) => (stopped ??= close(signal)),
  }
}

/** `127.0.0.1:8888`, `[::1]:8888`. */
export function formatAddress({ address, port }: AddressInfo): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`
}

/**
 * `localhost` is 127.0.0.1 where it has both addresses, as in the Collector: clients that are told
 * the number find it, and those that are told the name try both.
 */
async function resolveHost(host: string): Promise<string | undefined> {
  if (host === '') return undefined
  const { address } = await lookup(host, { order: 'ipv4first' })
  return address
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another process',
  EAI_AGAIN: 'the host name cannot be looked up',
  EACCES: 'no permission for this port; those below 1024 are reserved',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return ('code' in error && EXPLANATIONS[String(error.code)]) || error.message
}
