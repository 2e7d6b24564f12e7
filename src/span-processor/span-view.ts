import type { AttributeColumns, AttributeValue, ParentPlace, Span } from '../model/span.ts'
import { scopeOf, type SdkSpan } from './sdk-span.ts'

/** Shows one SDK span at a time to selection. Nothing is copied. */
export interface SpanView {
  /** The same object every time: valid until the next call. */
  of(span: SdkSpan, parent: ParentPlace): Span
}

/** Numbers of the API are one less than those of OTLP, which has 0 for "unspecified". */
function otlpKindOf(span: SdkSpan): number {
  return span.kind + 1
}

export function createSpanView(columns: AttributeColumns): SpanView {
  let current: SdkSpan | undefined
  let place: ParentPlace = 'none'
  const shown = (): SdkSpan => {
    if (current === undefined) throw new Error('no span is shown yet')
    return current
  }
  const view: Span = {
    get name() {
      return shown().name
    },
    get kind() {
      return otlpKindOf(shown())
    },
    get statusCode() {
      return shown().status.code
    },
    get parent() {
      return place
    },
    get scopeName() {
      return scopeOf(shown()).name
    },
    get exceptionType() {
      return exceptionTypeOf(shown())
    },
    attribute: (column) => valueOf(shown().attributes[columns.keys[column] ?? '']),
    resourceAttribute: (column) => valueOf(shown().resource.attributes[columns.keys[column] ?? '']),
  }
  return {
    of(span, parent) {
      current = span
      place = parent
      return view
    },
  }
}

/** `exception.type` of the last event that has one. */
export function exceptionTypeOf(span: SdkSpan): string | undefined {
  const type = span.events.findLast(
    ({ attributes }) => typeof attributes?.['exception.type'] === 'string',
  )?.attributes?.['exception.type']
  return typeof type === 'string' && type !== '' ? type : undefined
}

function valueOf(value: unknown): AttributeValue | undefined {
  if (Array.isArray(value)) {
    const elements = value.filter((element) => isPlain(element))
    return elements.length === 0 ? undefined : elements
  }
  return isPlain(value) ? value : undefined
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
