import { checkSettings } from '../../alerting-options/check.ts'
import { type AlertingOptions, alertingOptions } from '../../alerting-options/options.ts'
import type { AlertingSettings } from '../../alerting-options/settings.ts'
import {
  completePagerDutyOptions,
  type PagerDutyOptions,
  type PagerDutySettings,
  PAGERDUTY_ENDPOINTS,
  ROUTING_KEY_PATTERN,
  routingKeyFault,
} from '../../exporter/pagerduty/options.ts'
import { checkKnownKeys } from '../known-keys.ts'

/** These stand beside `alone`: they are the same for everything that the processor does. */
type Shared = 'requests' | 'llmRoutes' | 'maxOpenAgeMs'

/**
 * Rules and PagerDuty for a processor that pages by itself: the keys of the collector's `llm_alerting` and
 * `pagerduty` in camel case, with the same defaults.
 */
export interface AloneOptions
  extends Omit<AlertingSettings, Shared | 'inferOpen'>, PagerDutySettings {
  /** When a condition cleared before its page could be delivered. Default `send`. */
  readonly latePages?: 'send' | 'drop' | undefined
  /**
   * Keeps the incidents of several processes apart: it is appended to `name` in dedup keys. Default:
   * `service.instance.id`, where it says more than a random number, else the host's name, with the
   * number of the worker if there are several. `false` = nothing, for a service of one process.
   */
  readonly instance?: string | false | undefined
}

/** Complete: nothing later asks for a default. */
export interface CompleteAlone {
  readonly alerting: AlertingOptions
  readonly pagerDuty: PagerDutyOptions
  readonly latePages: 'send' | 'drop'
  /** Undefined = as the resource says. */
  readonly instance: string | false | undefined
}

/** Every key there is: one that is misspelt would silently page at other thresholds. */
const KEYS: Readonly<Record<keyof AloneOptions, true>> = {
  routingKey: true,
  endpoint: true,
  region: true,
  timeoutMs: true,
  clientUrl: true,
  links: true,
  latePages: true,
  instance: true,
  name: true,
  groupBy: true,
  failureThreshold: true,
  failureThresholdWindowSeconds: true,
  hangingThresholdSeconds: true,
  hangingThresholdFails: true,
  hangingThresholdWindowSeconds: true,
  rules: true,
  overrides: true,
  hangingUntil: true,
  outcomes: true,
  keepFiringForMs: true,
  noTrafficResolveAfterMs: true,
  flapWindowMs: true,
  decisionWaitMs: true,
  maxLatenessMs: true,
  maxIncidents: true,
  maxGroups: true,
}

export const ALONE_KEYS: readonly string[] = Object.keys(KEYS)

const INSTANCE_PATTERN = /^[^\p{Cc}]{1,100}$/u

/** Fills in defaults. Throws a RangeError for what cannot be meant. */
export function completeAlone(
  options: AloneOptions,
  shared: Required<Pick<AlertingSettings, Shared>>,
): CompleteAlone {
  try {
    checkAlone(options)
    return {
      alerting: alertingOptions({ ...options, ...shared }),
      pagerDuty: completePagerDutyOptions(options),
      latePages: options.latePages ?? 'send',
      instance: options.instance,
    }
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`alone: ${error.message}`)
    throw error
  }
}

function checkAlone(options: AloneOptions): void {
  checkKnownKeys(options, ALONE_KEYS)
  const { routingKey, endpoint, region, timeoutMs, clientUrl, instance, latePages } = options
  if (!ROUTING_KEY_PATTERN.test(routingKey)) {
    throw new RangeError(`routingKey ${routingKeyFault(routingKey)}`)
  }
  checkUrl('endpoint', endpoint)
  checkUrl('clientUrl', clientUrl)
  if (region !== undefined && !(region in PAGERDUTY_ENDPOINTS)) {
    throw new RangeError(`region is ${region}; it is us or eu`)
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new RangeError(`timeoutMs is ${timeoutMs}; it is above 0`)
  }
  if (latePages !== undefined && !['send', 'drop'].includes(latePages)) {
    throw new RangeError(`latePages is ${latePages}; it is send or drop`)
  }
  if (typeof instance === 'string' && !INSTANCE_PATTERN.test(instance)) {
    throw new RangeError('instance must be a text of 1 to 100 characters, or false')
  }
  checkSettings(options)
}

function checkUrl(name: string, url: string | undefined): void {
  if (url === undefined) return
  const protocol = URL.parse(url)?.protocol
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new RangeError(`${name} must be a URL that begins with http:// or https://`)
  }
}
