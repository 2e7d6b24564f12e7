import type { SdkSpan } from '../../src/span-processor/sdk-span.ts'
import type { TrackedSpan } from '../../src/span-processor/tracker.ts'

interface Facts extends Partial<Omit<TrackedSpan, 'span'>> {
  readonly span?: Partial<SdkSpan>
}

/** A span as the tracker has it; what is not given is plain. */
export function trackedSpan({ span, ...facts }: Facts = {}): TrackedSpan {
  const traceId = facts.traceId ?? 'a'.repeat(32)
  const spanId = facts.spanId ?? 'b'.repeat(16)
  return {
    traceId,
    spanId,
    parent: 'none',
    ancestor: undefined,
    startedMs: 0,
    progress: undefined,
    ...facts,
    span: {
      name: 'POST',
      kind: 1,
      spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
      startTime: [1_700_000_000, 123_456_789],
      status: { code: 0 },
      attributes: {},
      events: [],
      duration: [0, 0],
      ended: false,
      resource: { attributes: {} },
      ...span,
    },
  }
}
