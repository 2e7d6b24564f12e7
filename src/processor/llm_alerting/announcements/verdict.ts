import type { AnnouncedState } from '../../../model/record.ts'
import type { Selection, SpanClass } from '../../../model/selection.ts'
import type { Announcement } from './announcement.ts'

/** What an announcement comes to where it is about a request. */
export interface Verdict {
  readonly spanClass: SpanClass
  readonly state: AnnouncedState
  readonly isOutermost: boolean
  /** It is known to be a request, or a part of one; else it only ends what may be open. */
  readonly isRecognised: boolean
}

/**
 * Is an announced span a request? The producer knows local parents and outranks what selection makes
 * of the span alone, except that spans which the configuration ignores are none. Undefined: it is
 * none.
 */
export function verdictOf(announcement: Announcement, selection: Selection): Verdict | undefined {
  const { isRequest, mayBeBare, span } = announcement
  if (isRequest === false) return undefined
  const spanClass = selection.classify(span)
  const { role } = spanClass
  // The status of such a root does not tell, here no more than there.
  const isUnsure = role === 'unsure' && announcement.state === 'ended'
  const state = isUnsure ? 'gone' : announcement.state
  const isOutermost = isRequest === true || role === 'request' || role === 'unsure'
  const isRecognised = role !== 'void' && (isOutermost || role === 'candidate')
  if (!isRecognised && !mayBeBare) return undefined
  return { spanClass, state, isOutermost, isRecognised }
}
