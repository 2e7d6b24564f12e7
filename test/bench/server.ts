/** The collector under load, in a process of its own: tells its parent ports and CPU time. */

import { startCollector } from '../helpers/running-collector.ts'

export interface ServerReady {
  readonly grpcUrl: string
  readonly httpUrl: string
}

export interface ServerUsage {
  /** CPU time of the process so far, in seconds. */
  readonly cpuSeconds: number
  readonly rssMiB: number
  /** Spans accepted so far. */
  readonly spans: number
}

const running = await startCollector({ llm_alerting: { max_incidents: 1 } })
const tell = (message: ServerReady | ServerUsage): void => {
  process.send?.(message)
}

process.on('message', (message: unknown) => {
  if (message === 'usage') void usage()
  if (message === 'stop') void running.stop().then(() => process.disconnect?.())
})
tell({ grpcUrl: running.grpcUrl, httpUrl: running.httpUrl })

async function usage(): Promise<void> {
  const { user, system } = process.cpuUsage()
  const accepted = await Promise.all(
    ['grpc', 'http'].map((transport) =>
      running.metric(
        `otelcol_receiver_accepted_spans_total{receiver="otlp",transport="${transport}"}`,
      ),
    ),
  )
  tell({
    cpuSeconds: (user + system) / 1e6,
    rssMiB: process.memoryUsage().rss / 2 ** 20,
    spans: accepted.reduce((sum, value) => sum + value, 0),
  })
}
