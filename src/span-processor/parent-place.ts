import type { ParentPlace } from '../model/span.ts'
import { parentSpanIdOf, type SdkContext, type SdkSpan } from './sdk-span.ts'

/** Where the API keeps the active span in a context; the same in all its versions. */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')

/** Where the parent of a span is. SDK 1 does not keep that on the span, so its context is asked. */
export function parentPlaceOf(span: SdkSpan, context: SdkContext): ParentPlace {
  const { parentSpanContext } = span
  if (parentSpanContext !== undefined) {
    return parentSpanContext.isRemote === true ? 'remote' : 'local'
  }
  const parentSpanId = parentSpanIdOf(span)
  if (parentSpanId === undefined) return 'none'
  const parent = context.getValue(SPAN_KEY)
  const parentContext = isSpan(parent) ? parent.spanContext() : undefined
  return parentContext?.spanId === parentSpanId && parentContext.isRemote === true
    ? 'remote'
    : 'local'
}

function isSpan(value: unknown): value is Pick<SdkSpan, 'spanContext'> {
  return typeof value === 'object' && value !== null && 'spanContext' in value
}
