import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'

/**
 * The metrics that events write to. Names are an interface: those that the Collector has keep its
 * name, ours start with `spanpager_`. In the Prometheus text every counter ends in `_total`.
 */
export interface Instruments {
  readonly acceptedSpans: Counter
  readonly refusedSpans: Counter
  readonly acceptedLogRecords: Counter
  readonly refusedLogRecords: Counter
  readonly failedExports: Counter
  readonly unrecognisedSpans: Counter
  readonly clockOff: Counter
  readonly announcements: Counter
  readonly journalFailures: Counter
  readonly incidents: Counter
  readonly attempts: Counter
  readonly attemptSeconds: Histogram
  readonly deadLetters: Counter
  readonly lateDropped: Counter
}

export function createInstruments(meter: Meter): Instruments {
  const counter = (name: string, description: string) => meter.createCounter(name, { description })
  return {
    acceptedSpans: counter(
      'otelcol_receiver_accepted_spans',
      'Spans taken into the pipeline and acknowledged.',
    ),
    refusedSpans: counter(
      'otelcol_receiver_refused_spans',
      'Spans of decodable requests that were not taken.',
    ),
    acceptedLogRecords: counter(
      'otelcol_receiver_accepted_log_records',
      'Log records acknowledged, those that announce nothing included.',
    ),
    refusedLogRecords: counter(
      'otelcol_receiver_refused_log_records',
      'Log records of decodable requests that were not taken.',
    ),
    failedExports: counter(
      'spanpager_receiver_failed_requests',
      'OTLP requests answered with an error, by code.',
    ),
    unrecognisedSpans: counter(
      'spanpager_unrecognised_spans',
      'Spans of services that were found to send no LLM request at all.',
    ),
    clockOff: counter(
      'spanpager_clock_off',
      'Times that all data of a service was found to be late or ahead.',
    ),
    announcements: counter(
      'spanpager_announcements',
      'Announcements of open spans, by form and by what became of them.',
    ),
    journalFailures: counter(
      'spanpager_journal_failures',
      'Entries that the journal did not take; their senders were told to try again.',
    ),
    incidents: counter(
      'spanpager_incidents',
      'Triggers and resolves that PagerDuty accepted, by rule.',
    ),
    attempts: counter(
      'spanpager_delivery_attempts',
      'Attempts to deliver an alert event, by what came of them.',
    ),
    attemptSeconds: meter.createHistogram('spanpager_delivery_attempt_duration_seconds', {
      description: 'How long attempts to deliver an alert event took.',
      advice: { explicitBucketBoundaries: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
    }),
    deadLetters: counter(
      'spanpager_dead_letters',
      'Alert events given up for good: a human must look.',
    ),
    lateDropped: counter(
      'spanpager_late_pages_dropped',
      'Pages left out by policy, for their condition had cleared before they could be delivered.',
    ),
  }
}

/** Makes series that are known beforehand exist at 0, so that their first increase is seen. */
export function startAtZero(counter: Counter, series: readonly Attributes[]): void {
  for (const attributes of series) counter.add(0, attributes)
}

/** A label whose values others choose: beyond so many, new ones share `(other)`. */
export function createBoundedLabel(maxValues: number): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= maxValues) return '(other)'
    known.add(value)
    return value
  }
}
