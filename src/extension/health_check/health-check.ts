import { formatDuration } from '../../lib/duration.ts'
import { createGetListener, type HttpAnswer } from '../../lib/http-get.ts'
import { createHttpServer, formatAddress } from '../../lib/http-server.ts'
import type { Component } from '../../model/component.ts'
import type { AlertsView, HealthState } from '../../model/status.ts'
import type { ServiceEvents } from '../../model/telemetry.ts'

export interface HealthCheckOptions {
  /** `health_check[/name]`. */
  readonly id: string
  /** Empty = every interface. */
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** Asked at each request. */
  readonly state: () => HealthState
  readonly alerts: () => AlertsView
  readonly events: Pick<ServiceEvents, 'listening' | 'broke'>
  /** ms since the Unix epoch. */
  readonly now: () => number
}

export interface HealthCheck extends Component {
  /** `host:port`; undefined before it listens. */
  address(): string | undefined
}

/**
 * Answers probes as the Collector's health_check does, and shows the alerts:
 *
 * | path          | answer                                                              |
 * | ------------- | ------------------------------------------------------------------- |
 * | `/`, `/ready` | 200; 503 with `reasons` while a page could not be sent              |
 * | `/live`       | 200 while the process answers                                       |
 * | `/alerts`     | each rule and group, and what is pending: AlertsView                |
 */
export function createHealthCheck(options: HealthCheckOptions): HealthCheck {
  const { id, now } = options
  let upSinceMs = 0
  let listening: string | undefined

  function uptime(): { upSince: string; uptime: string } {
    return {
      upSince: new Date(upSinceMs).toISOString(),
      uptime: formatDuration(Math.max(0, now() - upSinceMs)),
    }
  }

  function live(): HttpAnswer {
    return json(200, { status: 'Server available', ...uptime() })
  }

  function ready(): HttpAnswer {
    const state = options.state()
    if (state.kind === 'ready') return live()
    return json(503, { status: 'Server not available', ...uptime(), reasons: state.reasons })
  }

  const server = createHttpServer({
    host: options.host,
    port: options.port,
    setting: `extensions.${id}.endpoint`,
    maxConnections: 100,
    onRequest: createGetListener(
      {
        '/': ready,
        '/ready': ready,
        '/live': live,
        '/alerts': () => json(200, options.alerts()),
      },
      (error) => options.events.broke(id, error),
    ),
  })

  return {
    async start() {
      upSinceMs = now()
      listening = formatAddress(await server.start())
      options.events.listening(id, listening)
    },
    shutdown: (signal) => server.shutdown(signal),
    address: () => listening,
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}
