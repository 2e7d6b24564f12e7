import type { Telemetry } from '../../model/telemetry.ts'

/** Spans of a service without any request among them before it is said aloud. */
const UNRECOGNISED_SPANS = 1000
/** How long all data of a service must be off before its clock is named. */
const CLOCK_OFF_MS = 30_000
/** Clocks differ a little; less than this ahead is nothing. */
const AHEAD_MS = 5_000
const MAX_SERVICES = 1000

interface Watched {
  spans: number
  recognised: boolean
  said: boolean
  offSinceMs: number | undefined
  offSaid: boolean
}

export interface ProducerWatch {
  /** Spans of one service in one batch. `newestEndMs` and `oldestEndMs` are of its requests. */
  saw(service: string, spans: number, requests: number, ends: Ends | undefined, nowMs: number): void
}

/** Event times of the requests of a service in a batch, ms since the Unix epoch. */
export interface Ends {
  readonly oldestMs: number
  readonly newestMs: number
}

/**
 * Names services whose set-up is probably wrong: no request is recognised in what they send, or all
 * they send is late or from the future.
 */
export function createProducerWatch(setup: {
  readonly processor: string
  readonly preset: string
  readonly maxLatenessMs: number
  readonly telemetry: Telemetry['processor']
}): ProducerWatch {
  const { processor, preset, maxLatenessMs, telemetry } = setup
  const services = new Map<string, Watched>()

  function watchOf(service: string): Watched | undefined {
    const known = services.get(service)
    if (known !== undefined || services.size >= MAX_SERVICES) return known
    const fresh: Watched = {
      spans: 0,
      recognised: false,
      said: false,
      offSinceMs: undefined,
      offSaid: false,
    }
    services.set(service, fresh)
    return fresh
  }

  function checkClock(watch: Watched, service: string, ends: Ends, nowMs: number): void {
    const lateMs = nowMs - ends.newestMs
    const aheadMs = ends.oldestMs - nowMs
    const off = lateMs > maxLatenessMs || aheadMs > AHEAD_MS
    if (!off) {
      watch.offSinceMs = undefined
      watch.offSaid = false
      return
    }
    watch.offSinceMs ??= nowMs
    if (watch.offSaid || nowMs - watch.offSinceMs < CLOCK_OFF_MS) return
    watch.offSaid = true
    const late = lateMs > maxLatenessMs
    telemetry.clockOff(processor, service, late ? 'late' : 'ahead', late ? lateMs : aheadMs)
  }

  return {
    saw(service, spans, requests, ends, nowMs) {
      const watch = watchOf(service)
      if (watch === undefined) return
      watch.spans += spans
      watch.recognised ||= requests > 0
      if (!watch.recognised && !watch.said && watch.spans >= UNRECOGNISED_SPANS) {
        watch.said = true
        telemetry.nothingRecognised(processor, service, watch.spans, preset)
      }
      if (ends !== undefined) checkClock(watch, service, ends, nowMs)
    },
  }
}
