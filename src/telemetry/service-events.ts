import type { ServiceEvents } from '../model/telemetry.ts'
import { errorFields } from './error-fields.ts'
import type { Logger } from './logger.ts'

export function createServiceEvents(logger: Logger): ServiceEvents {
  return {
    starting(version) {
      logger.info('starting spanpager', { version })
    },
    started({ state }) {
      logger.info('ready: spans are taken, alerts are sent', { state })
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
    stopping(reason) {
      logger.info('stopping', { reason })
    },
    stopFailed(component, error) {
      logger.error('a component did not stop in order', { component, error: errorFields(error) })
    },
    stopped() {
      logger.info('stopped')
    },
  }
}
