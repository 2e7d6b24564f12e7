import type { AlertChange, EpisodeRef, Severity } from '../../model/alert.ts'
import type { AlertEvent } from '../../model/component.ts'
import { isoTime } from '../number-text.ts'
import { cleanText, cutText } from '../page-text.ts'
import { groupText, summaryOf } from '../summary.ts'
import { resolveDetails, triggerDetails } from './details.ts'
import { linksOf } from './links.ts'
import type { PagerDutyOptions } from './options.ts'
import { MAX_DEDUP_KEY, MAX_SUMMARY } from './wire.ts'
import type { PagerDutyEvent, Payload, TriggerEvent } from './wire.ts'

type EventOptions = Pick<PagerDutyOptions, 'routingKey' | 'clientUrl' | 'links'>

/**
 * The event that an alert change becomes, in full. Total: a strange value is repaired or left out,
 * a page never fails on a field. Only the size of the body is not looked at here; see shrink.ts.
 */
export function pagerDutyEvent(event: AlertEvent, options: EventOptions): PagerDutyEvent {
  const { change } = event
  const identity = {
    routing_key: options.routingKey,
    dedup_key: cutText(change.episode.dedupKey, MAX_DEDUP_KEY),
  }
  if (change.kind === 'firing') return trigger(identity, change, event.cleared, options)
  return {
    ...identity,
    event_action: 'resolve',
    payload: {
      ...core(change.episode, summaryOf(change, false), change.resolvedAtMs),
      // A resolve has no facts that name services: of a roll-up, say, the deployment is known.
      source: sourceOf(serviceInGroup(change.episode) || change.episode.name),
      custom_details: resolveDetails(change),
    },
  }
}

function trigger(
  identity: Pick<TriggerEvent, 'routing_key' | 'dedup_key'>,
  change: AlertChange & { readonly kind: 'firing' },
  cleared: boolean,
  options: EventOptions,
): TriggerEvent {
  const { episode, facts } = change
  const links = linksOf(options.links, episode, facts)
  const component = cleanText(facts.models[0]?.value ?? facts.providers[0]?.value ?? '')
  return {
    ...identity,
    event_action: 'trigger',
    client: 'spanpager',
    ...(isWebAddress(options.clientUrl) && { client_url: options.clientUrl }),
    ...(links.length > 0 && { links }),
    payload: {
      ...core(episode, summaryOf(change, cleared), episode.firedAtMs),
      source: sourceOf(facts.services[0]?.value ?? serviceInGroup(episode)),
      ...(component !== '' && { component }),
      custom_details: triggerDetails(episode, facts, cleared),
    },
  }
}

function core(episode: EpisodeRef, summary: string, atMs: number): Omit<Payload, 'source'> {
  const timestamp = isoTime(atMs)
  const group = groupText(episode)
  return {
    summary: cutText(summary, MAX_SUMMARY),
    severity: clamp(episode.severity),
    ...(timestamp !== undefined && { timestamp }),
    ...(group !== '' && { group }),
    class: episode.ruleKind,
  }
}

const SEVERITIES: ReadonlySet<string> = new Set(['critical', 'error', 'warning', 'info'])

/** An event may come from a journal that another version wrote. */
function clamp(severity: Severity): Severity {
  return SEVERITIES.has(severity) ? severity : 'critical'
}

function serviceInGroup(episode: EpisodeRef): string {
  return episode.group.find(({ key }) => key === 'service.name')?.value ?? ''
}

function sourceOf(service: string): string {
  return cleanText(service) || 'unknown_service'
}

function isWebAddress(url: string | undefined): url is string {
  const protocol = url === undefined ? undefined : URL.parse(url)?.protocol
  return protocol === 'https:' || protocol === 'http:'
}
