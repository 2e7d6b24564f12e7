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

/** A request that ended and is decided. What `engine/requests` tells `engine/rules`. */
export interface DecidedRequest {
  /** 32 and 16 hex digits, lower case. */
  readonly traceId: string
  readonly spanId: string
  readonly outcome: Outcome
  /** Event time of the end in ns since the engine's epoch (see engine/clock.ts); exact. */
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
