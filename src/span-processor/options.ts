import { DEFAULT_LLM_ROUTES } from '../selection/llm-route.ts'
import type { RequestsChoice } from '../selection/presets.ts'
import { type AloneOptions, type CompleteAlone, completeAlone } from './alone/options.ts'
import { whyNotAnnounced } from './announced-keys.ts'
import type { Exporter } from './exporter.ts'
import { checkKnownKeys } from './known-keys.ts'

export type { AloneOptions }

/** `spans`: through any traces pipeline. `logs`: OTLP log records with the ids of the open span. */
export type Encoding = 'spans' | 'logs'

/** What users may say. All of it is optional. */
export interface SpanpagerOptions {
  /** Announce open requests to a spanpager. Default: unless `alone` is given. */
  readonly announce?: boolean | undefined
  /** Page from this process, with rules and a PagerDuty key of its own. Default: it does not. */
  readonly alone?: AloneOptions | undefined
  /** Announce spans that have been open for so long, in ms; 0 = at their start. Default 5,000. */
  readonly announceAfterMs?: number | undefined
  /** Repeat the announcement of an open span so often, in ms. Default 10,000; at least 1,000. */
  readonly heartbeatMs?: number | undefined
  /** Default `spans`. */
  readonly encoding?: Encoding | undefined
  /**
   * For encoding `spans`: any SpanExporter, which then belongs to the processor and is shut down with
   * it. Default: an OTLPTraceExporter from an installed `@opentelemetry/exporter-trace-otlp-*`, set up
   * by the OTEL_EXPORTER_OTLP_* variables.
   */
  readonly exporter?: Exporter | undefined
  /** For encoding `logs`: any LogRecordExporter. Default: an OTLPLogExporter, likewise. */
  readonly logExporter?: Exporter | undefined
  /**
   * Base URL for the default exporter, for instance `http://spanpager:4318`; with the HTTP protocols
   * `/v1/traces` or `/v1/logs` is appended. Default: the OTEL_EXPORTER_OTLP_* variables.
   */
  readonly endpoint?: string | undefined
  /**
   * Which spans are requests: a preset, or entries of your own, as under the collector's
   * `requests`. With entries every span is tracked until it is old enough to be tested. Default
   * `{ preset: 'auto' }`.
   */
  readonly requests?: RequestsChoice | undefined
  /** Regular expressions of the paths of LLM requests. Default: those of the collector. */
  readonly llmRoutes?: readonly string[] | undefined
  /**
   * Attributes of the span to announce besides the built-in list, for instance those of the
   * collector's `group_by`. One that may hold prompts, e-mail addresses or keys is refused.
   */
  readonly attributes?: readonly string[] | undefined
  /** At most so many open spans at a time; more are not tracked, and reported. Default 10,000. */
  readonly maxTracked?: number | undefined
  /** A span open for longer is taken for one that was never ended, in ms. Default 3,600,000 (1 h). */
  readonly maxOpenAgeMs?: number | undefined
  /** `shutdown()` waits no longer than this for the last announcements, in ms. Default 5,000. */
  readonly shutdownTimeoutMs?: number | undefined
}

const KEYS: Readonly<Record<keyof SpanpagerOptions, true>> = {
  announce: true,
  alone: true,
  announceAfterMs: true,
  heartbeatMs: true,
  encoding: true,
  exporter: true,
  logExporter: true,
  endpoint: true,
  requests: true,
  llmRoutes: true,
  attributes: true,
  maxTracked: true,
  maxOpenAgeMs: true,
  shutdownTimeoutMs: true,
}

type Optional = 'exporter' | 'logExporter' | 'endpoint'
type Plain = Exclude<keyof SpanpagerOptions, Optional | 'alone'>

/** With defaults filled in. */
export type CompleteOptions = Pick<SpanpagerOptions, Optional> & {
  /** Undefined = no page comes from this process. */
  readonly alone: CompleteAlone | undefined
} & {
  readonly [Key in Plain]-?: NonNullable<SpanpagerOptions[Key]>
}

/** Fills in defaults. Throws a RangeError for a value that cannot be meant. */
export function completeOptions(options: SpanpagerOptions): CompleteOptions {
  checkKnownKeys(options, Object.keys(KEYS))
  const { alone, ...others } = options
  const complete: Omit<CompleteOptions, 'alone'> = {
    announce: alone === undefined,
    announceAfterMs: 5000,
    heartbeatMs: 10_000,
    encoding: 'spans',
    requests: { preset: 'auto' },
    llmRoutes: DEFAULT_LLM_ROUTES,
    attributes: [],
    maxTracked: 10_000,
    maxOpenAgeMs: 3_600_000,
    shutdownTimeoutMs: 5000,
    ...withoutUndefined(others),
  }
  atLeast('announceAfterMs', complete.announceAfterMs, 0)
  atLeast('heartbeatMs', complete.heartbeatMs, 1000)
  atLeast('maxTracked', complete.maxTracked, 1)
  atLeast('maxOpenAgeMs', complete.maxOpenAgeMs, 1000)
  atLeast('shutdownTimeoutMs', complete.shutdownTimeoutMs, 0)
  const encodings: readonly string[] = ['spans', 'logs'] satisfies Encoding[]
  if (!encodings.includes(complete.encoding)) {
    throw new RangeError(`encoding is spans or logs, not ${complete.encoding}`)
  }
  for (const key of complete.attributes) {
    const fault = whyNotAnnounced(key)
    if (fault !== undefined) throw new RangeError(`attributes ${key} ${fault}`)
  }
  return {
    ...complete,
    alone: alone === undefined ? undefined : completeAlone(alone, complete),
  }
}

/** Callers often pass what they read from somewhere; undefined means the default. */
function withoutUndefined(
  options: Omit<SpanpagerOptions, 'alone'>,
): Partial<Omit<CompleteOptions, 'alone'>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function atLeast(name: string, value: number, minimum: number): void {
  if (!(value >= minimum)) throw new RangeError(`${name} is ${value}; it is at least ${minimum}`)
}
