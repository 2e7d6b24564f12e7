import type { Preset, SpanTest } from '../preset.ts'
import {
  CLIENT_ERROR_TYPES,
  CONVENTIONAL_ATTRIBUTES,
  EXCLUDED_OPERATIONS,
  MODEL_OPERATIONS,
} from './attributes.ts'
import { NOT_A_CALL } from './generic-http.ts'

/** Root of the default telemetry ("v1"). */
const V1_ROOT: SpanTest = {
  scope: 'litellm',
  name: 'Received Proxy Server Request',
  kind: 'server',
}

/** Root with `LITELLM_OTEL_V2=true`: the web framework's. */
const V2_ROOT: SpanTest = { scope: 'opentelemetry.instrumentation.fastapi', kind: 'server' }

const V1_CALL: SpanTest = { scope: 'litellm', name: 'litellm_request' }

const V2_CALL: SpanTest = {
  scope: 'litellm',
  kind: 'client',
  attributes: { 'gen_ai.operation.name': { exists: true } },
  not: { attributes: { 'gen_ai.operation.name': EXCLUDED_OPERATIONS } },
}

/** With custom authentication v1 sends the root of a failed request in a trace of its own. */
const HAS_A_ROOT_ELSEWHERE: SpanTest = {
  status: 'error',
  any: [
    { attributes: { 'http.route': { exists: true } } },
    { attributes: { 'gen_ai.operation.name': '/*' } },
  ],
}

/**
 * LiteLLM proxy and library. Recorded from 1.109.1 (both generations of its telemetry) and 1.81.16;
 * the library's own calls in v2 are not among the recordings.
 *
 * The calls inside a request are attempts and never stand alone, so a lost root is no request.
 */
export const LITELLM: Preset = {
  name: 'litellm',
  verified: true,
  owns: [{ scope: 'litellm' }],
  // Its v2 root has the scope of every FastAPI application. Only LiteLLM puts a model on it, and names
  // the provider in attributes of its own.
  claims: {
    ...V2_ROOT,
    any: [
      { attributes: { 'gen_ai.request.model': { exists: true } } },
      { attributes: { 'litellm.provider.error.code': { exists: true } } },
      { attributes: { 'litellm.provider.error.llm_provider': { exists: true } } },
      { attributes: { 'litellm.team.alias': { exists: true } } },
    ],
    not: {
      any: [
        { attributes: { 'gen_ai.provider.name': { exists: true } } },
        { attributes: { 'gen_ai.system': { exists: true } } },
      ],
    },
  },
  roles: [
    // `/v1/models` makes such roots too. Versions without any route on the root: taken.
    { role: 'ignored', when: { ...V1_ROOT, llmRoute: false } },
    // 1.81: the root ends with the first attempt, which a later one may have repaired; it then has
    // the attempt's model. With USE_OTEL_LITELLM_REQUEST_SPAN it is UNSET whatever happened.
    {
      role: 'unsure',
      when: {
        ...V1_ROOT,
        any: [
          { status: 'unset' },
          { status: 'error', attributes: { 'gen_ai.request.model': { exists: true } } },
        ],
      },
    },
    { role: 'request', when: V1_ROOT },
    { role: 'sign', when: { scope: 'litellm', name: 'Failed Proxy Server Request' } },
    // The library, or custom authentication, where v1 has no root.
    { role: 'request', when: { ...V1_CALL, parent: 'entry', not: HAS_A_ROOT_ELSEWHERE } },
    { role: 'ignored', when: { ...V1_CALL, parent: 'entry' } },
    { role: 'attempt', when: V1_CALL },
    { role: 'attempt', when: V2_CALL },
    {
      role: 'request',
      when: {
        ...V2_CALL,
        parent: 'entry',
        attributes: { 'gen_ai.operation.name': MODEL_OPERATIONS },
      },
    },
    { role: 'ignored', when: { ...V2_ROOT, llmRoute: false } },
    { role: 'ignored', when: { ...V2_ROOT, ...NOT_A_CALL } },
    { role: 'request', when: { ...V2_ROOT, llmRoute: true } },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    provider: [
      'gen_ai.provider.name',
      'gen_ai.system',
      'error.llm_provider',
      'litellm.provider.error.llm_provider',
    ],
    team: ['metadata.user_api_key_team_alias', 'litellm.team.alias'],
    keyAlias: ['metadata.user_api_key_alias', 'litellm.metadata.user_api_key_alias'],
    // `error.code` is sometimes the provider's name of the error, then it is passed over.
    httpStatus: [
      'http.response.status_code',
      'http.status_code',
      'error.code',
      'litellm.provider.error.code',
    ],
    stream: [...CONVENTIONAL_ATTRIBUTES.stream, 'litellm.request.streaming'],
  },
  // There exactly when a provider was called; its other attributes name the provider it would have been.
  upstream: {
    attributes: ['error.llm_provider', 'litellm.provider.error.llm_provider'],
    client: false,
  },
  clientErrorTypes: CLIENT_ERROR_TYPES,
  wrapperErrorTypes: ['ProxyException'],
}
