import type { ParentPlace } from '../model/span.ts'
import type { SdkSpan } from './sdk-span.ts'

/** Numbers of the API, which are those of OTLP less one. */
const SERVER = 1
const CLIENT = 2
const CONSUMER = 4

/**
 * May this span turn out to be a request? When a span starts it has only the attributes it was
 * created with, so the question is asked generously here, and properly when it is old enough to
 * matter.
 */
export function mayBeRequest(span: SdkSpan, parent: ParentPlace): boolean {
  const { kind } = span
  if (kind === CLIENT || kind === SERVER || kind === CONSUMER || parent !== 'local') return true
  return hasLlmMarker(span.attributes)
}

/**
 * What instrumentations of LLM clients give a span when they create it. Written out, because a loop
 * over names costs every span several times as much.
 */
function hasLlmMarker(attributes: SdkSpan['attributes']): boolean {
  return (
    attributes['gen_ai.operation.name'] !== undefined ||
    attributes['gen_ai.system'] !== undefined ||
    attributes['gen_ai.provider.name'] !== undefined ||
    attributes['openinference.span.kind'] !== undefined ||
    attributes['llm.request.type'] !== undefined ||
    attributes['ai.operationId'] !== undefined
  )
}
