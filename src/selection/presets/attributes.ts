import type { PresetAttributes, UpstreamEvidence } from '../preset.ts'

/**
 * The attributes of OpenTelemetry's conventions for GenAI and HTTP, with the names they had before.
 * `error.type` is an HTTP status where an instrumentation had nothing better.
 */
export const CONVENTIONAL_ATTRIBUTES: PresetAttributes = {
  model: ['gen_ai.request.model', 'gen_ai.response.model'],
  provider: ['gen_ai.provider.name', 'gen_ai.system'],
  team: [],
  keyAlias: [],
  operation: ['gen_ai.operation.name'],
  errorType: ['error.type'],
  httpStatus: ['http.response.status_code', 'http.status_code', 'error.code', 'error.type'],
  firstChunk: [{ key: 'gen_ai.response.time_to_first_chunk', unit: 's' }],
  stream: ['gen_ai.request.stream', 'llm.is_streaming', 'gen_ai.response.time_to_first_chunk'],
}

/** An error of a CLIENT span, or of a span that names the provider. */
const CONVENTIONAL_UPSTREAM: UpstreamEvidence = {
  attributes: CONVENTIONAL_ATTRIBUTES.provider,
  client: true,
}

/**
 * The 4xx classes of OpenAI's SDKs, which LiteLLM and most instrumentations took over, and
 * LiteLLM's own. Not among them: RateLimitError and Timeout, which are failures like 429 and 408.
 */
export const CLIENT_ERROR_TYPES: readonly string[] = [
  'BadRequestError',
  'NotFoundError',
  'AuthenticationError',
  'PermissionDeniedError',
  'UnprocessableEntityError',
  'ContextWindowExceededError',
  'ContentPolicyViolationError',
  'ProxyModelNotFoundError',
]

/** Model calls of the GenAI conventions. */
export const MODEL_OPERATIONS: readonly string[] = [
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
]

/** Operations that contain requests, and rightly take minutes: never a request themselves. */
export const EXCLUDED_OPERATIONS: readonly string[] = [
  'invoke_agent',
  'invoke_workflow',
  'create_agent',
  'plan',
  'execute_tool',
]

/** A preset made from documents and sources, of the conventions' attributes. */
export const UNVERIFIED = {
  verified: false,
  attributes: CONVENTIONAL_ATTRIBUTES,
  upstream: CONVENTIONAL_UPSTREAM,
  clientErrorTypes: CLIENT_ERROR_TYPES,
  wrapperErrorTypes: [],
} as const
