import type { EngineNotice } from './engine.ts'
import type { AlertChange, AlertStatus } from './alert.ts'
import type { AttemptResult, Signal } from './component.ts'
import type { PendingEvent } from './delivery.ts'
import type { AnnouncedState } from './record.ts'
import type { RefusalCode } from './refusal.ts'

/**
 * How an open span was announced: by spanpager's own protocol in a span or in a log record; in
 * the manner of Pydantic Logfire, partial spans or Datadog; or by a span sent without an
 * end.
 */
export type AnnouncementForm = 'span' | 'log' | 'logfire' | 'partial_span' | 'datadog' | 'unended'

/** What became of an announcement: what it said, or why nothing was made of it. */
export type AnnouncementResult =
  | AnnouncedState
  | 'not_a_request'
  | 'bad_ids'
  | 'bad_number'
  | 'bad_lifecycle'
  | 'bad_body'

/**
 * What the service says about itself: one function per event, each a log line, a metric, or both.
 * Components call these and know neither logger nor metrics SDK.
 */
export interface Telemetry {
  readonly receiver: {
    /** `signals`: those that it takes. */
    listening(
      receiver: string,
      transport: 'grpc' | 'http',
      address: string,
      signals: readonly Signal[],
    ): void
    /** `items`: spans or log records, those included that say nothing to us. */
    accepted(receiver: string, transport: 'grpc' | 'http', signal: Signal, items: number): void
    /** Items of a decodable request that were not taken: bad ids, or the whole batch refused. */
    refused(receiver: string, transport: 'grpc' | 'http', signal: Signal, items: number): void
    /** A request answered with an error. */
    failed(receiver: string, transport: 'grpc' | 'http', code: RefusalCode | 'internal'): void
    /** A fault of ours; `error` is logged without the request. */
    broke(receiver: string, transport: 'grpc' | 'http', error: unknown): void
  }
  readonly processor: {
    /** Many spans of a service, and no request in them. */
    nothingRecognised(processor: string, service: string, spans: number, preset: string): void
    /** All data of a service comes late or from the future. */
    clockOff(processor: string, service: string, direction: 'late' | 'ahead', offMs: number): void
    announced(processor: string, form: AnnouncementForm, result: AnnouncementResult): void
    changed(processor: string, change: AlertChange): void
    noticed(processor: string, notice: EngineNotice): void
    /** The journal did not take an entry. */
    journalFailed(processor: string, error: unknown): void
  }
  readonly delivery: {
    attempted(exporter: string, change: AlertChange, result: AttemptResult, tookMs: number): void
    /** Said once per exporter until it recovers. */
    misconfigured(exporter: string, reason: string): void
    /** A page is lost for good; the line says what to do. */
    deadLetter(exporter: string, change: AlertChange, reason: string): void
    /** A late page was dropped by policy. */
    droppedLate(exporter: string, change: AlertChange): void
  }
}

/** What the service says of its own life; for the part that builds and runs it. */
export interface ServiceEvents {
  starting(version: string): void
  /** `state`: where it is kept, for instance `in memory, lost at a restart`. */
  started(facts: { readonly state: string }): void
  /**
   * Receivers listen to this machine only; by setting what opens each, `host:port`. Said once, if
   * there is one.
   */
  localOnly(endpoints: readonly { readonly key: string; readonly open: string }[]): void
  /** A component other than a receiver listens. */
  listening(component: string, address: string): void
  /** Something in the configuration is harmless and probably not meant. */
  configurationWarning(message: string): void
  /** A new configuration was refused and the old one stays; `faults` in words. */
  reloadRefused(faults: readonly string[]): void
  reloaded(): void
  /** A new configuration was asked for, which a running collector cannot take yet. */
  reloadIgnored(): void
  /** A fault of ours in a component other than a receiver; it runs on. */
  broke(component: string, error: unknown): void
  /** `reason`: for instance the name of a signal. */
  stopping(reason: string): void
  /** A component did not stop in order. */
  stopFailed(component: string, error: unknown): void
  /** Events that are lost with the process, oldest first. */
  undelivered(events: readonly PendingEvent[]): void
  /** All alerts at the stop: of those that are open, nobody will send the resolve. */
  leftOpen(alerts: readonly AlertStatus[]): void
  stopped(): void
}
