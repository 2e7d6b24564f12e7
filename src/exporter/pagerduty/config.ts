import { z } from 'zod'
import { formatDuration } from '../../lib/duration.ts'
import { httpUrl, positiveDuration, secret } from '../../lib/schema.ts'
import {
  completePagerDutyOptions,
  DEFAULT_TIMEOUT_MS,
  type PagerDutyOptions,
  ROUTING_KEY_PATTERN,
  routingKeyFault,
} from './options.ts'

/** What users write under `exporters.pagerduty`. */
export const pagerDutyConfig = z.strictObject({
  routing_key: secret(ROUTING_KEY_PATTERN, routingKeyFault).describe(
    'Integration key of an Events API v2 integration of the service to page.',
  ),
  endpoint: httpUrl()
    .optional()
    .describe('Base URL, to which /v2/enqueue is appended; default as `region` says.'),
  region: z.enum(['us', 'eu']).default('us').describe('Service region of the account.'),
  timeout: positiveDuration()
    .prefault(formatDuration(DEFAULT_TIMEOUT_MS))
    .describe('For one attempt to deliver an event.'),
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
  return completePagerDutyOptions({
    routingKey: config.routing_key,
    endpoint: config.endpoint,
    region: config.region,
    timeoutMs: config.timeout,
    clientUrl: config.client_url,
    links: config.links,
  })
}
