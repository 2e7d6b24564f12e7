import type { ParentPlace } from '../model/span.ts'
import { parentSpanIdOf, spanIn, type SdkContext, type SdkSpan } from './sdk-span.ts'

/** Where the parent of a span is. SDK 1 does not keep that on the span, so its context is asked. */
export function parentPlaceOf(span: SdkSpan, context: SdkContext): ParentPlace {
  const { parentSpanContext } = span
  if (parentSpanContext !== undefined) {
    return parentSpanContext.isRemote === true ? 'remote' : 'local'
  }
  const parentSpanId = parentSpanIdOf(span)
  if (parentSpanId === undefined) return 'none'
  const parent = spanIn(context)?.spanContext()
  return parent?.spanId === parentSpanId && parent.isRemote === true ? 'remote' : 'local'
}
