import type { Outcome, RequestFacts } from './outcome.ts'

/**
 * Records: the compact form of the spans that matter, and what the journal holds of them.
 *
 * | role        | the span ...                                                                      |
 * | ----------- | --------------------------------------------------------------------------------- |
 * | `request`   | is an entry point and a request: decided at once                                  |
 * | `unsure`    | is the root of a request, but its status does not tell: waits for its `sign`      |
 * | `candidate` | matches and has a local parent: the request, or an attempt inside one             |
 * | `attempt`   | can only be an attempt: folds into a request, never counts by itself              |
 * | `sign`      | says that its parent, a root, failed                                              |
 * | `link`      | matches nothing, but a candidate waits for its id; leads to its parent            |
 * | `end`       | matches nothing, a candidate waits for its id, and no local parent is above it    |
 * | `void`      | an entry point that its preset ignores: what waits below it is no request either  |
 */
export type RecordRole =
  | 'request'
  | 'unsure'
  | 'candidate'
  | 'attempt'
  | 'sign'
  | 'link'
  | 'end'
  | 'void'

export const RECORD_ROLES: readonly RecordRole[] = [
  'request',
  'unsure',
  'candidate',
  'attempt',
  'sign',
  'link',
  'end',
  'void',
]

/** Bits of {@link RecordBatch.evidence}. */
export const EVIDENCE = {
  /** The span shows that a provider was called and erred. */
  upstreamError: 1,
  /** The answer is a stream. */
  stream: 2,
} as const

/** The values of the group attributes, in the order of the processor's keys; undefined = missing. */
export type GroupValues = readonly (string | undefined)[]

/** Who produced a span. */
export interface Producer {
  /** `service.name`, else `unknown_service`. */
  readonly service: string
  /** `service.instance.id`, else empty. Same service and instance = same resource. */
  readonly instance: string
}

/**
 * Records of one OTLP request, in columns; `link`, `end` and `void` rows use `role`, `ids` and
 * `producer` only. Example of one failed LiteLLM request (three rows of seven spans):
 *
 * | role      | outcome | evidence      | durationNano | group              | facts                  |
 * | --------- | ------- | ------------- | -----------: | ------------------ | ---------------------- |
 * | `attempt` | failed  | upstreamError |     10300000 | [`litellm-proxy`]  | model gpt-4o           |
 * | `sign`    | failed  | 0             |        31000 | [`litellm-proxy`]  |                        |
 * | `request` | failed  | upstreamError |    147400000 | [`litellm-proxy`]  | InternalServerError 500|
 */
export interface RecordBatch {
  readonly count: number
  /** Index into {@link RECORD_ROLES}. */
  readonly role: Uint8Array
  /** Eight big-endian words a row: trace id 0-3, span id 4-5, parent span id 6-7. */
  readonly ids: Uint32Array
  readonly endUnixNano: BigUint64Array
  /** End minus start, integer, never negative. */
  readonly durationNano: Float64Array
  /** Time from the start to the first chunk of the answer, integer; -1 = unknown. */
  readonly firstChunkNano: Float64Array
  /** Index into OUTCOMES: judged from the span alone. */
  readonly outcome: Uint8Array
  /** Index into OUTCOMES: what it becomes when an attempt below shows an upstream error. */
  readonly outcomeIfUpstream: Uint8Array
  /** Index into OUTCOMES: what an `unsure` root becomes with its sign. */
  readonly outcomeIfSigned: Uint8Array
  /** Bits of {@link EVIDENCE}. */
  readonly evidence: Uint8Array
  /** Index into {@link groups}. */
  readonly group: Uint32Array
  /** Index into {@link facts}. */
  readonly fact: Uint32Array
  /** Index into {@link producers}. */
  readonly producer: Uint32Array
  readonly groups: readonly GroupValues[]
  readonly facts: readonly RequestFacts[]
  readonly producers: readonly Producer[]
}

/** Who announces open spans: a process, which is told from its successor by the boot id. */
export interface Announcer extends Producer {
  /** `spanpager.boot_id`; empty = the announcer has none. */
  readonly boot: string
}

/**
 * What an announcement says.
 *
 * | state    | means                                                                        |
 * | -------- | ---------------------------------------------------------------------------- |
 * | `open`   | the span had not ended when this was sent                                    |
 * | `ended`  | it ended, and how                                                            |
 * | `gone`   | nobody watches it any more (shutdown, leaked, dropped): how it ended is open |
 */
export type AnnouncedState = 'open' | 'ended' | 'gone'

export const ANNOUNCED_STATES: readonly AnnouncedState[] = ['open', 'ended', 'gone']

/**
 * Announcements of spans that may be open requests, in columns. Ids are those of the span that is
 * announced, not of the message.
 */
export interface OpenBatch {
  readonly count: number
  /** Eight big-endian words a row: trace id 0-3, span id 4-5, parent span id 6-7. */
  readonly ids: Uint32Array
  /** Index into {@link ANNOUNCED_STATES}. */
  readonly state: Uint8Array
  /**
   * 1 = the producer says that this is the request; 0 = a candidate, which is an attempt where an
   * older open span of its trace and resource may contain it.
   */
  readonly outermost: Uint8Array
  /** Start by the producer's wall clock; 0 = not said. */
  readonly startUnixNano: BigUint64Array
  /** Age by the producer's monotonic clock, ns; -1 = not said. For `ended`: the duration. */
  readonly ageNano: Float64Array
  /** How often it will be heard of, ms; 0 = no lease: nothing follows from silence. */
  readonly heartbeatMs: Float64Array
  /** Time since the last sign of progress, ns; -1 = none was seen. */
  readonly progressAgeNano: Float64Array
  /** Time from the start to the first chunk of the answer, ns; -1 = unknown. */
  readonly firstChunkNano: Float64Array
  /** For `ended`: index into OUTCOMES. */
  readonly outcome: Uint8Array
  /** Index into {@link groups}. */
  readonly group: Uint32Array
  /** Index into {@link facts}. */
  readonly fact: Uint32Array
  /** Index into {@link announcers}. */
  readonly announcer: Uint32Array
  readonly groups: readonly GroupValues[]
  readonly facts: readonly RequestFacts[]
  readonly announcers: readonly Announcer[]
}

/**
 * Spans with a local parent, for the inference of open requests from orphans; only where
 * `infer_open` is on.
 */
export interface ChildBatch {
  readonly count: number
  /** Eight big-endian words a row: trace id 0-3, span id 4-5, parent span id 6-7. */
  readonly ids: Uint32Array
  readonly endUnixNano: BigUint64Array
  readonly durationNano: Float64Array
  /** Index into {@link kinds}. */
  readonly kind: Uint32Array
  readonly group: Uint32Array
  readonly fact: Uint32Array
  readonly producer: Uint32Array
  /** Scope and name, which tell what kind of parent such a child has. */
  readonly kinds: readonly { readonly scope: string; readonly name: string }[]
  readonly groups: readonly GroupValues[]
  readonly facts: readonly RequestFacts[]
  readonly producers: readonly Producer[]
}

/**
 * A request that has not ended and is old enough to be a hang for some rule. What `engine/requests`
 * tells `engine/rules`.
 */
export interface OpenRequest {
  readonly state: 'open'
  /** 32 and 16 hex digits, lower case. */
  readonly traceId: string
  readonly spanId: string
  /** `ended` never: such a request is a DecidedRequest. */
  readonly evidence: 'announced' | 'lost' | 'inferred'
  /** ns since the engine's epoch, by our clock: arrival less age. */
  readonly startNano: number
  /** From the start to the first chunk, or what of it is proven; -1 = none seen. */
  readonly firstChunkNano: number
  /** When the last sign of progress was, ns since the engine's epoch; -1 = none seen. */
  readonly progressNano: number
  /** For `lost`: when its lease ended, ns since the epoch. It leaves the count one window later. */
  readonly lostNano: number | undefined
  readonly group: GroupValues
  readonly facts: RequestFacts
  readonly service: string
}

/** What rules know of a request. */
export type KnownRequest = DecidedRequest | OpenRequest

/** A request that ended and is decided. What `engine/requests` tells `engine/rules`. */
export interface DecidedRequest {
  readonly state: 'ended'
  /** 32 and 16 hex digits, lower case. */
  readonly traceId: string
  readonly spanId: string
  readonly outcome: Outcome
  /** Event time of the end in ns since the engine's epoch (see engine/rules/event-time.ts); exact. */
  readonly endNano: number
  readonly durationNano: number
  /** From the start to the first chunk; -1 = unknown. Relative to the request's start. */
  readonly firstChunkNano: number
  readonly stream: boolean
  readonly group: GroupValues
  readonly facts: RequestFacts
  readonly service: string
  /** Ended longer than `max_lateness` before it arrived: counted, but pages nothing. */
  readonly late: boolean
}
