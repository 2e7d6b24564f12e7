import type { ServiceEvents } from '../model/telemetry.ts'
import { errorFields, errorFieldsWithoutContent } from './error-fields.ts'
import { logLeftOpen, logUndelivered } from './losses.ts'
import type { Logger } from './logger.ts'
import { createRateLimit } from './rate-limit.ts'

export function createServiceEvents(logger: Logger, now: () => number): ServiceEvents {
  const limit = createRateLimit(now, 60_000)
  return {
    starting(version) {
      logger.info('starting spanpager', { version })
    },
    started({ state }) {
      logger.info('ready: spans are taken, alerts are sent', { state })
    },
    localOnly(endpoints) {
      const settings = endpoints.map(({ key, open }) => `${key} to ${open}`).join(', ')
      logger.info(`only this machine can send to localhost; to open it, set ${settings}`)
    },
    listening(component, address) {
      logger.info('listening', { component, address })
    },
    configurationWarning(message) {
      logger.warn(`configuration: ${message}`)
    },
    reloadRefused(faults) {
      logger.error('the new configuration is refused and the old one stays', { faults })
    },
    reloaded() {
      logger.info('the new configuration is in force')
    },
    reloadIgnored() {
      logger.warn('the configuration is read at the start only; to change it, restart')
    },
    broke(component, error) {
      const leftOut = limit(component)
      if (leftOut === undefined) return
      logger.error('a component met a fault in spanpager; please report it', {
        component,
        error: errorFieldsWithoutContent(error),
        left_out: leftOut || undefined,
      })
    },
    stopping(reason) {
      logger.info('stopping', { reason })
    },
    stopFailed(component, error) {
      logger.error('a component did not stop in order', { component, error: errorFields(error) })
    },
    undelivered(events) {
      logUndelivered(logger, events)
    },
    leftOpen(alerts) {
      logLeftOpen(logger, alerts)
    },
    stopped() {
      logger.info('stopped')
    },
  }
}
