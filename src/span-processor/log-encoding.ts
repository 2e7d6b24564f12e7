import type { Announcement } from './announcement.ts'
import {
  scopeOf,
  type HrTime,
  type SdkResource,
  type SdkScope,
  type SdkSpanContext,
} from './sdk-span.ts'

/** A ReadableLogRecord as log exporters read it. */
export interface AnnouncementLog {
  readonly hrTime: HrTime
  readonly hrTimeObserved: HrTime
  readonly spanContext: SdkSpanContext
  readonly severityText: string
  readonly severityNumber: number
  readonly eventName: string
  readonly resource: SdkResource
  readonly instrumentationScope: SdkScope
  readonly attributes: Readonly<Record<string, unknown>>
  readonly droppedAttributesCount: 0
}

const INFO = 9

/** A log record of the open span itself, with its real ids. */
export function encodeLog({ tracked, lifecycle, attributes }: Announcement): AnnouncementLog {
  const { span } = tracked
  const nowMs = Date.now()
  const now: HrTime = [Math.floor(nowMs / 1000), (nowMs % 1000) * 1e6]
  return {
    hrTime: now,
    hrTimeObserved: now,
    spanContext: span.spanContext(),
    severityText: 'INFO',
    severityNumber: INFO,
    eventName: `span.${lifecycle}`,
    resource: span.resource,
    instrumentationScope: scopeOf(span),
    attributes: { ...attributes, 'span.name': span.name },
    droppedAttributesCount: 0,
  }
}
