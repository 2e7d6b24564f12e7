import fc from 'fast-check'
import { attributes, id, text, uint64, value } from './otlp-arbitraries.ts'
import type { LogInput, LogsInput } from './otlp-logs.ts'

const announced = fc.dictionary(
  fc.constantFrom('partial.event', 'partial.frequency', 'span.age_ms', 'span.eventful', 'message'),
  value,
  { maxKeys: 4 },
)

const log: fc.Arbitrary<LogInput> = fc.record({
  traceId: id(16),
  spanId: id(8),
  eventName: fc.oneof(fc.constantFrom('span.open', 'span.closed', 'span.opened', ''), text),
  timeUnixNano: uint64,
  observedTimeUnixNano: uint64,
  severityNumber: fc.integer({ min: 0, max: 30 }),
  severityText: text,
  flags: fc.nat({ max: 2 ** 32 - 1 }),
  body: value,
  attributes: fc
    .tuple(attributes, fc.option(announced, { nil: {} }))
    .map(([plain, more]) => ({ ...plain, ...more })),
})

/** Requests with announcements among ordinary records, and ids that are invalid now and then. */
export const logs: fc.Arbitrary<LogsInput> = fc.array(
  fc.record({
    resource: attributes,
    scopes: fc.array(fc.record({ name: text, logs: fc.array(log, { maxLength: 5 }) }), {
      maxLength: 3,
    }),
  }),
  { maxLength: 3 },
)
