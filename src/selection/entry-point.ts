import { SPAN_KIND, type Span } from '../model/span.ts'

/**
 * Did the work come in here? A span without a parent, or with a remote one. Where the flags do not
 * say (older SDKs), SERVER and CONSUMER spans did: their parents are remote by definition. A span of
 * any other kind with an unknown parent waits for it like one with a local parent: if the parent never
 * comes, the wait ends by itself, while a local attempt taken for an entry point would count double.
 */
export function isEntryPoint(span: Span): boolean {
  if (span.parent === 'unknown') {
    return span.kind === SPAN_KIND.server || span.kind === SPAN_KIND.consumer
  }
  return span.parent !== 'local'
}
