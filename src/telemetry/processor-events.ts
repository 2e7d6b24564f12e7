import type { Telemetry } from '../model/telemetry.ts'
import { episodeFields, numberFields } from './alert-fields.ts'
import { processorLabel } from './engine-metrics.ts'
import { errorFields } from './error-fields.ts'
import { createBoundedLabel, type Instruments } from './instruments.ts'
import type { Logger } from './logger.ts'
import { createRateLimit } from './rate-limit.ts'

const MAX_SERVICE_LABELS = 200

const CLOCK_OFF = {
  late: 'all data of a service comes late, and late data pages nobody: its clock is slow, or its export queue long',
  ahead: 'all data of a service comes from the future: its clock is fast',
}

export function createProcessorEvents(
  logger: Logger,
  metrics: Instruments,
  now: () => number,
): Telemetry['processor'] {
  const perMinute = createRateLimit(now, 60_000)
  const perHour = createRateLimit(now, 3_600_000)
  const serviceLabel = createBoundedLabel(MAX_SERVICE_LABELS)

  return {
    nothingRecognised(processor, service, spans, preset) {
      metrics.unrecognisedSpans.add(spans, { processor, service: serviceLabel(service) })
      if (perHour(`unrecognised ${processor} ${service}`) === undefined) return
      logger.warn(
        `no LLM request recognised: no span of this service is one to preset "${preset}"; ` +
          `if it serves LLM requests, check processors.${processor}.requests (another preset, or ` +
          'match: for its own spans), else do not send its spans here',
        { processor, service, spans, preset },
      )
    },

    clockOff(processor, service, direction, offMs) {
      metrics.clockOff.add(1, { processor, service: serviceLabel(service), direction })
      if (perHour(`clock ${processor} ${service} ${direction}`) === undefined) return
      logger.warn(CLOCK_OFF[direction], { processor, service, off_seconds: offMs / 1000 })
    },

    announced(processor, form, result) {
      metrics.announcements.add(1, { ...processorLabel(processor), form, result })
    },

    changed(processor, change) {
      logger.info(change.kind === 'firing' ? 'alert firing' : 'alert resolved', {
        processor,
        ...episodeFields(change),
        ...numberFields(change),
      })
    },

    noticed(processor, { service, instance, spans }) {
      logger.warn(
        'a process fell silent with requests open: it ended without a word, or cannot reach us; they are not counted as hangs',
        { processor, service, instance: instance || undefined, open_requests: spans },
      )
    },

    journalFailed(processor, error) {
      metrics.journalFailures.add(1, { processor })
      const leftOut = perMinute(`journal ${processor}`)
      if (leftOut === undefined) return
      logger.error(
        'the journal did not take an entry: senders are told to try again, paging goes on from memory; check the disk',
        { processor, error: errorFields(error), left_out: leftOut || undefined },
      )
    },
  }
}
