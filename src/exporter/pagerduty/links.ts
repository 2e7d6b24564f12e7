import type { AlertFacts, EpisodeRef } from '../../model/alert.ts'
import { cleanText, cutText } from '../page-text.ts'
import { groupText } from '../summary.ts'
import type { LinkTemplate } from './options.ts'
import type { Link } from './wire.ts'

/** What `{...}` in a link may stand for; other braces stay as they are. */
export const LINK_PLACEHOLDERS = [
  'trace_id',
  'rule',
  'group',
  'name',
  'service',
  'model',
  'provider',
  'first_seen_ms',
  'fired_at_ms',
] as const

type Placeholder = (typeof LINK_PLACEHOLDERS)[number]
type Values = Readonly<Record<Placeholder, string>>

const MAX_TRACE_LINKS = 5
const MAX_TEXT = 255

/**
 * Fills the templates: one link each, or one per sample trace where it has `{trace_id}`. A
 * link that comes out as no http(s) address is dropped: PagerDuty would refuse the event for it.
 */
export function linksOf(
  templates: readonly LinkTemplate[],
  episode: EpisodeRef,
  facts: AlertFacts,
): Link[] {
  return templates.flatMap((template) => {
    const traceIds = perTrace(template) ? facts.sampleTraceIds.slice(0, MAX_TRACE_LINKS) : ['']
    return traceIds.flatMap((traceId) => fill(template, values(episode, facts, traceId)) ?? [])
  })
}

function perTrace({ href }: LinkTemplate): boolean {
  return href.includes('{trace_id}')
}

function values(episode: EpisodeRef, facts: AlertFacts, traceId: string): Values {
  return {
    trace_id: traceId,
    rule: episode.rule,
    group: groupText(episode),
    name: episode.name,
    service: facts.services[0]?.value ?? '',
    model: facts.models[0]?.value ?? '',
    provider: facts.providers[0]?.value ?? '',
    first_seen_ms: String(facts.firstSeenMs),
    fired_at_ms: String(episode.firedAtMs),
  }
}

function fill(template: LinkTemplate, given: Values): Link | undefined {
  const href = expand(template.href, given, (value) => encodeURIComponent(cleanText(value)))
  const protocol = URL.parse(href)?.protocol
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  const text = cutText(expand(template.text ?? '', given, cleanText), MAX_TEXT)
  if (text !== '') return { href, text }
  return given.trace_id === '' ? { href } : { href, text: `Trace ${given.trace_id}` }
}

function expand(template: string, given: Values, encode: (value: string) => string): string {
  return template.replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    isPlaceholder(name) ? encode(given[name]) : whole,
  )
}

function isPlaceholder(name: string): name is Placeholder {
  return (LINK_PLACEHOLDERS as readonly string[]).includes(name)
}
