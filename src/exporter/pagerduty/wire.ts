import type { Severity } from '../../model/alert.ts'

/**
 * Events API v2 as JSON.
 * Source: https://developer.pagerduty.com/docs/send-alert-event
 */
export type PagerDutyEvent = TriggerEvent | ResolveEvent

export interface TriggerEvent {
  readonly routing_key: string
  readonly event_action: 'trigger'
  readonly dedup_key: string
  readonly client?: string
  readonly client_url?: string
  readonly links?: readonly Link[]
  readonly payload: Payload
}

/** A resolve needs no payload; one that is there must be valid. */
interface ResolveEvent {
  readonly routing_key: string
  readonly event_action: 'resolve'
  readonly dedup_key: string
  readonly payload?: Payload
}

export interface Payload {
  readonly summary: string
  readonly source: string
  readonly severity: Severity
  readonly timestamp?: string
  readonly component?: string
  readonly group?: string
  readonly class?: string
  readonly custom_details?: Details
}

export interface Link {
  readonly href: string
  readonly text?: string
}

/** Names to plain values, one level of maps and lists below. */
export type Details = Readonly<Record<string, DetailValue>>
export type DetailValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, string | number>>

/** Limits of the vendor, in characters. */
export const MAX_SUMMARY = 1024
export const MAX_DEDUP_KEY = 255

/** The documented limit is 512 KB; the notifiers people trust stop at 512,000 bytes of JSON. */
export const MAX_BODY_BYTES = 512_000
