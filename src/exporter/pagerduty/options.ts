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
