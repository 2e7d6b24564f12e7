import { mayHoldInGroup } from '../alerting-options/guarded-attributes.ts'

/** Why the attribute is never announced; undefined = it may be. What must not reach a page is not sent either. */
export function whyNotAnnounced(key: string): string | undefined {
  const holds = mayHoldInGroup(key)
  return holds === undefined ? undefined : `may hold ${holds}, which must not be announced`
}
