import { z } from 'zod'
import { httpUrl, positiveDuration, secret } from '../../lib/schema.ts'
import { PAGERDUTY_ENDPOINTS, type PagerDutyOptions, ROUTING_KEY_PATTERN } from './options.ts'

/** A REST API key has 20 characters; it never works here and is the commonest first mistake. */
const REST_API_KEY_LENGTH = 20

function routingKeyFault(input: unknown): string {
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

/** What users write under `exporters.pagerduty`. */
export const pagerDutyConfig = z.strictObject({
  routing_key: secret(ROUTING_KEY_PATTERN, routingKeyFault).describe(
    'Integration key of an Events API v2 integration of the service to page.',
  ),
  endpoint: httpUrl()
    .optional()
    .describe('Base URL, to which /v2/enqueue is appended; default as `region` says.'),
  region: z.enum(['us', 'eu']).default('us').describe('Service region of the account.'),
  timeout: positiveDuration().prefault('10s').describe('For one attempt to deliver an event.'),
  client_url: httpUrl().optional().describe('Where "View in spanpager" leads.'),
  links: z
    .array(
      z.strictObject({
        href: z.string().min(1).describe('URL; may have placeholders.'),
        text: z.string().optional(),
      }),
    )
    .default([])
    .describe('Links of every incident: trace search, runbook, dashboard.'),
  late_pages: z
    .enum(['send', 'drop'])
    .default('send')
    .describe('When a condition cleared before its page could be delivered.'),
})

export type PagerDutyConfig = z.infer<typeof pagerDutyConfig>

export function pagerDutyOptions(config: PagerDutyConfig): PagerDutyOptions {
  const endpoint = config.endpoint ?? PAGERDUTY_ENDPOINTS[config.region]
  return {
    routingKey: config.routing_key,
    endpoint: endpoint.replace(/\/+$/, ''),
    timeoutMs: config.timeout,
    ...(config.client_url === undefined ? {} : { clientUrl: config.client_url }),
    links: config.links.map(({ href, text }) => ({
      href,
      ...(text === undefined ? {} : { text }),
    })),
  }
}
