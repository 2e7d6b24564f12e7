/** Settings of one PagerDuty exporter, complete: nothing later asks for a default. */
export interface PagerDutyOptions {
  /** Integration key of an Events API v2 integration: 32 letters and digits. Secret. */
  readonly routingKey: string
  /** Base URL, `https://events.pagerduty.com`; the path is appended. */
  readonly endpoint: string
  /** Time-out of one attempt, ms. */
  readonly timeoutMs: number
  /** Where "View in spanpager" leads; absent = no such link. */
  readonly clientUrl?: string
  readonly links: readonly LinkTemplate[]
}

/** What users may say. Absent = the default. */
export interface PagerDutySettings {
  /** Integration key of an Events API v2 integration of the service to page. Secret. */
  readonly routingKey: string
  /** Base URL, to which `/v2/enqueue` is appended. Default as `region` says. */
  readonly endpoint?: string | undefined
  /** Service region of the account. Default `us`. */
  readonly region?: keyof typeof PAGERDUTY_ENDPOINTS | undefined
  /** For one attempt to deliver an event, ms. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Where "View in spanpager" leads. Default nowhere. */
  readonly clientUrl?: string | undefined
  /** Links of every incident: trace search, runbook, dashboard. Default none. */
  readonly links?:
    | readonly { readonly href: string; readonly text?: string | undefined }[]
    | undefined
}

/** A link of every incident; see links.ts for the placeholders. */
export interface LinkTemplate {
  readonly href: string
  /** Shown instead of the address. */
  readonly text?: string
}

/** Service regions of PagerDuty. Source: https://support.pagerduty.com/main/docs/service-regions */
export const PAGERDUTY_ENDPOINTS = {
  us: 'https://events.pagerduty.com',
  eu: 'https://events.eu.pagerduty.com',
} as const

/** What an integration key looks like; it is not always hexadecimal. */
export const ROUTING_KEY_PATTERN = /^[A-Za-z0-9]{32}$/

export const DEFAULT_TIMEOUT_MS = 10_000

/** A REST API key has 20 characters; it never works here and is the commonest first mistake. */
const REST_API_KEY_LENGTH = 20

/** What is wrong with a routing key that does not look like one; says nothing of its characters. */
export function routingKeyFault(input: unknown): string {
  const size = typeof input === 'string' ? input.length : 0
  const found =
    size === 32
      ? 'these 32 characters are not only letters and digits'
      : `this has ${size} characters`
  const guess = size === REST_API_KEY_LENGTH ? ', as a REST API key has, which cannot page' : ''
  return (
    `must be the integration key of an Events API v2 integration, 32 letters and digits; ` +
    `${found}${guess}`
  )
}

export function completePagerDutyOptions(settings: PagerDutySettings): PagerDutyOptions {
  const endpoint = settings.endpoint ?? PAGERDUTY_ENDPOINTS[settings.region ?? 'us']
  return {
    routingKey: settings.routingKey,
    endpoint: endpoint.replace(/\/+$/, ''),
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(settings.clientUrl === undefined ? {} : { clientUrl: settings.clientUrl }),
    links: (settings.links ?? []).map(({ href, text }) => ({
      href,
      ...(text === undefined ? {} : { text }),
    })),
  }
}
