import type { Announcement } from './announcement.ts'
import {
  parentSpanIdOf,
  scopeOf,
  type HrTime,
  type SdkResource,
  type SdkScope,
  type SdkSpanContext,
} from './sdk-span.ts'

const NO_PARENT = '0'.repeat(16)

/** A ReadableSpan for the exporters of all SDK generations: it has the fields of all of them. */
export interface AnnouncementSpan {
  readonly name: string
  readonly kind: number
  spanContext(): SdkSpanContext
  readonly parentSpanContext: SdkSpanContext
  readonly parentSpanId: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly duration: HrTime
  readonly ended: true
  readonly status: { readonly code: number }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly never[]
  readonly events: readonly never[]
  readonly resource: SdkResource
  readonly instrumentationScope: SdkScope
  readonly instrumentationLibrary: SdkScope
  readonly droppedAttributesCount: 0
  readonly droppedEventsCount: 0
  readonly droppedLinksCount: 0
}

/**
 * A child of the open span, without duration and with an id of its own: backends would keep only one
 * of two spans with the same id. The `logfire.*` attributes are those by which Pydantic Logfire's
 * backend and others know pending spans.
 */
export function encodeSpan({ tracked, attributes }: Announcement): AnnouncementSpan {
  const { span } = tracked
  const parent = span.spanContext()
  const scope = scopeOf(span)
  const context: SdkSpanContext = { ...parent, spanId: newSpanId(), isRemote: false }
  return {
    name: span.name,
    kind: 0,
    spanContext: () => context,
    parentSpanContext: parent,
    parentSpanId: parent.spanId,
    startTime: span.startTime,
    endTime: span.startTime,
    duration: [0, 0],
    ended: true,
    status: { code: 0 },
    attributes: {
      ...attributes,
      'logfire.span_type': 'pending_span',
      'logfire.pending_parent_id': parentSpanIdOf(span) ?? NO_PARENT,
    },
    links: [],
    events: [],
    resource: span.resource,
    instrumentationScope: scope,
    instrumentationLibrary: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** 16 hex digits, not all zeros. */
function newSpanId(): string {
  const words = crypto.getRandomValues(new Uint32Array(2))
  return `${hex(words[0] ?? 0)}${hex((words[1] ?? 0) | 1)}`
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
