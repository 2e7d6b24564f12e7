/**
 * The parts of the OpenTelemetry SDK that are read here, written down by hand: sdk-trace-base 1.30
 * and 2.x and sdk-trace 3.x all have them, so none of them is needed at run time.
 */

/** Seconds and nanoseconds since the Unix epoch, or of a duration. */
export type HrTime = readonly [seconds: number, nanos: number]

export interface SdkSpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly isRemote?: boolean | undefined
  readonly traceState?: { serialize(): string } | undefined
}

export interface SdkResource {
  readonly attributes: Readonly<Record<string, unknown>>
  /** Reading the attributes while this is true makes the SDK complain. */
  readonly asyncAttributesPending?: boolean | undefined
  waitForAsyncAttributes?(): Promise<void>
}

export interface SdkScope {
  readonly name: string
  readonly version?: string | undefined
  readonly schemaUrl?: string | undefined
}

export interface SdkEvent {
  readonly name: string
  readonly time: HrTime
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/** A span between `onStart` and its end; a live object, which goes on changing. */
export interface SdkSpan {
  readonly name: string
  /** Number of the API: 0 INTERNAL, 1 SERVER, 2 CLIENT, 3 PRODUCER, 4 CONSUMER. */
  readonly kind: number
  spanContext(): SdkSpanContext
  /** From 2.0 on. */
  readonly parentSpanContext?: SdkSpanContext | undefined
  /** Before 2.0. */
  readonly parentSpanId?: string | undefined
  readonly startTime: HrTime
  readonly status: { readonly code: number }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly SdkEvent[]
  readonly duration: HrTime
  readonly ended: boolean
  readonly resource: SdkResource
  /** From 2.0 on. */
  readonly instrumentationScope?: SdkScope | undefined
  /** Before 2.0. */
  readonly instrumentationLibrary?: SdkScope | undefined
}

/** The API's context, as `onStart` gets it. */
export interface SdkContext {
  getValue(key: symbol): unknown
}

/** Where the API keeps the active span in a context; the same in all its versions. */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')

/** The span that a context makes the parent: of this process, or a mere context of one elsewhere. */
export function spanIn(context: SdkContext): Pick<SdkSpan, 'spanContext'> | undefined {
  const span = context.getValue(SPAN_KEY)
  return isSpan(span) ? span : undefined
}

function isSpan(value: unknown): value is Pick<SdkSpan, 'spanContext'> {
  return typeof value === 'object' && value !== null && 'spanContext' in value
}

const NO_SCOPE: SdkScope = { name: '' }

export function scopeOf(span: SdkSpan): SdkScope {
  return span.instrumentationScope ?? span.instrumentationLibrary ?? NO_SCOPE
}

/** Undefined for a root. */
export function parentSpanIdOf(span: SdkSpan): string | undefined {
  const id = span.parentSpanContext?.spanId ?? span.parentSpanId
  return id === '' ? undefined : id
}

/** Whole milliseconds and a fraction; good to about a microsecond. */
export function millisOf(time: HrTime): number {
  return time[0] * 1000 + time[1] / 1e6
}
