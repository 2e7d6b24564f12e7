import type { ReceiverSettings } from './components.ts'

/** A setting by which a receiver listens to this machine only. */
export interface LocalEndpoint {
  /** Path of the setting, for instance `receivers.otlp.protocols.grpc.endpoint`. */
  readonly key: string
  /** The value that lets other machines in, with the same port. */
  readonly open: string
}

/** Endpoints that no other machine can send to: the usual surprise in a container. */
export function localEndpoints(receivers: readonly ReceiverSettings[]): LocalEndpoint[] {
  return receivers.flatMap(({ id, options }) =>
    (['grpc', 'http'] as const).flatMap((protocol) => {
      const endpoint = options[protocol]
      if (endpoint === undefined || !isLoopback(endpoint.host)) return []
      const key = `receivers.${id}.protocols.${protocol}.endpoint`
      return [{ key, open: `0.0.0.0:${endpoint.port}` }]
    }),
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
