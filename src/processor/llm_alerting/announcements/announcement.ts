import type { AnnouncedState } from '../../../model/record.ts'
import type { AnnouncementForm, AnnouncementResult } from '../../../model/telemetry.ts'
import type { Span } from '../../../model/span.ts'
import type { OpenSpan } from '../../../records/open-builder.ts'

/** What somebody says of a span that has not ended, or had not when it was last spoken of. */
export interface Announcement extends OpenSpan {
  readonly form: AnnouncementForm
  readonly state: AnnouncedState
  /** That span as selection sees it. Valid until the next announcement is read. */
  readonly span: Span
  /** The producer's own answer to whether this is the outermost request; undefined = not given. */
  readonly isRequest: boolean | undefined
  /**
   * It may leave out all that selection would know the span by, and is then taken for whatever is open
   * under its ids.
   */
  readonly mayBeBare: boolean
}

/** A record that has the mark of an announcement and cannot be one. */
export interface Malformed {
  readonly form: AnnouncementForm
  readonly fault: Extract<AnnouncementResult, `bad_${string}`>
}

/** What a form makes of a record that has its mark. */
export type Reading = Announcement | Malformed

/** What the foreign forms leave unsaid. */
export const UNSAID = {
  isRequest: undefined,
  mayBeBare: false,
  startUnixNano: 0n,
  ageNano: -1,
  heartbeatMs: 0,
  progressAgeNano: -1,
} as const
