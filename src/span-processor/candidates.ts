import type { ParentPlace } from '../model/span.ts'
import type { SdkSpan } from './sdk-span.ts'

/** Numbers of the API, which are those of OTLP less one. */
const SERVER = 1
const CLIENT = 2
const CONSUMER = 4

/** What instrumentations of LLM clients give a span when they create it. */
const LLM_MARKERS = [
  'gen_ai.operation.name',
  'gen_ai.system',
  'gen_ai.provider.name',
  'openinference.span.kind',
  'llm.request.type',
  'ai.operationId',
] as const

/**
 * May this span turn out to be a request? When a span starts it has only the attributes it was
 * created with, so the question is asked generously here, and properly when it is old enough to
 * matter.
 */
export function mayBeRequest(span: SdkSpan, parent: ParentPlace): boolean {
  const { kind } = span
  if (kind === CLIENT || kind === SERVER || kind === CONSUMER || parent !== 'local') return true
  const { attributes } = span
  for (const marker of LLM_MARKERS) {
    if (attributes[marker] !== undefined) return true
  }
  return false
}
