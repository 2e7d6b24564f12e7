import { once } from 'node:events'
import type { Server } from 'node:net'
import type { EndpointOptions } from './options.ts'

export interface Bound {
  /** The host as configured, and the port that it got. */
  readonly address: { readonly host: string; readonly port: number }
  readonly servers: readonly Server[]
}

/**
 * Listens on an endpoint. `localhost` names two addresses, and which of them a client tries first is
 * the client's affair: both are bound, 127.0.0.1 and, where the host has it, ::1.
 *
 * @param key Path of the setting, for instance `receivers.otlp.protocols.grpc.endpoint`.
 * @param createServer Makes one server per address; `net.Server` or a subclass, not yet listening.
 * @param onError Hears of what goes wrong later, for instance no file descriptor for a connection.
 * @throws Error that names key and endpoint; nothing is left listening then.
 */
export async function bindEndpoint(
  key: string,
  endpoint: EndpointOptions,
  createServer: () => Server,
  onError: (error: Error) => void,
): Promise<Bound> {
  const servers: Server[] = []
  let port = endpoint.port
  let unavailable: unknown
  for (const host of addressesOf(endpoint.host)) {
    const server = createServer()
    try {
      port = await listen(server, host, port)
      server.on('error', onError)
      servers.push(server)
    } catch (error) {
      if (isUnavailable(error)) {
        unavailable = error
      } else if (endpoint.port !== 0 || servers.length === 0) {
        for (const other of servers) other.close()
        throw bindError(key, endpoint, error)
      }
      // Else: any port was asked for, and the one that 127.0.0.1 gave is taken on ::1.
    }
  }
  if (servers.length === 0) throw bindError(key, endpoint, unavailable)
  return { address: { host: endpoint.host, port }, servers }
}

/** `host:port` as users write it. */
export function formatEndpoint(endpoint: { readonly host: string; readonly port: number }): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
  return `${host}:${endpoint.port}`
}

function addressesOf(host: string): readonly (string | undefined)[] {
  if (host === 'localhost') return ['127.0.0.1', '::1']
  return [host === '' ? undefined : host]
}

async function listen(server: Server, host: string | undefined, port: number): Promise<number> {
  server.listen({ port, ...(host === undefined ? {} : { host }) })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** The host has no such address, or no IPv6 at all. */
function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function bindError(key: string, endpoint: EndpointOptions, cause: unknown): Error {
  const reason = codeOf(cause) === 'EADDRINUSE' ? 'the port is in use' : String(cause)
  return new Error(`${key}: cannot listen on ${formatEndpoint(endpoint)}: ${reason}`, { cause })
}

/** Stops listening; resolves when the last connection has gone. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
