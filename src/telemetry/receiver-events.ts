import type { Counter } from '@opentelemetry/api'
import type { Signal } from '../model/component.ts'
import type { RefusalCode } from '../model/refusal.ts'
import type { Telemetry } from '../model/telemetry.ts'
import { errorFieldsWithoutContent } from './error-fields.ts'
import { type Instruments, startAtZero } from './instruments.ts'
import type { Logger } from './logger.ts'
import { createRateLimit } from './rate-limit.ts'

/** What a refused request means, per code. Senders choose how often they err: lines are rationed. */
const REFUSED: Readonly<Record<Exclude<RefusalCode, 'unimplemented'>, string>> = {
  invalid_argument:
    'a request could not be decoded and nothing of it is counted; check what sends to this port',
  too_large:
    'a request is over the size limit and nothing of it is counted; send smaller batches or raise the limit of the receiver',
  unavailable: 'requests are refused for now; senders that keep to OTLP try again',
  unauthenticated: 'a request came without valid credentials; check the headers of the sender',
}

export function createReceiverEvents(
  logger: Logger,
  metrics: Instruments,
  now: () => number,
): Telemetry['receiver'] {
  const limit = createRateLimit(now, 60_000)
  const counters: Record<Signal, { accepted: Counter; refused: Counter }> = {
    traces: { accepted: metrics.acceptedSpans, refused: metrics.refusedSpans },
    logs: { accepted: metrics.acceptedLogRecords, refused: metrics.refusedLogRecords },
  }

  return {
    listening(receiver, transport, address, signals) {
      for (const signal of signals) {
        startAtZero(counters[signal].accepted, [{ receiver, transport }])
        startAtZero(counters[signal].refused, [{ receiver, transport }])
      }
      logger.info('listening', { component: receiver, transport, address })
    },

    accepted(receiver, transport, signal, items) {
      counters[signal].accepted.add(items, { receiver, transport })
    },

    refused(receiver, transport, signal, items) {
      counters[signal].refused.add(items, { receiver, transport })
    },

    failed(receiver, transport, code) {
      metrics.failedExports.add(1, { receiver, transport, code })
      // A fault of ours is told by `broke`.
      if (code === 'internal') return
      if (code === 'unimplemented') {
        // Exporters of metrics and logs that share one endpoint with traces ask this for ever.
        logger.debug('a request is for something not served here', { receiver, transport })
        return
      }
      const leftOut = limit(`failed ${receiver} ${transport} ${code}`)
      if (leftOut === undefined) return
      logger.warn(REFUSED[code], { receiver, transport, code, left_out: leftOut || undefined })
    },

    broke(receiver, transport, error) {
      const leftOut = limit(`broke ${receiver} ${transport}`)
      if (leftOut === undefined) return
      logger.error('a request met a fault in spanpager; please report it', {
        receiver,
        transport,
        error: errorFieldsWithoutContent(error),
        left_out: leftOut || undefined,
      })
    },
  }
}
