import type { OwnershipTest, Preset, SpanTest } from '../preset.ts'
import { CONVENTIONAL_ATTRIBUTES, EXCLUDED_OPERATIONS, UNVERIFIED } from './attributes.ts'
import { OPENINFERENCE } from './conventions.ts'

const NAMES_AN_OPERATION: SpanTest = {
  attributes: { 'gen_ai.operation.name': { exists: true } },
}

const NAMES_A_MODEL: SpanTest = {
  any: [
    NAMES_AN_OPERATION,
    { attributes: { 'gen_ai.request.model': { exists: true } } },
    { attributes: { 'gen_ai.provider.name': { exists: true } } },
  ],
}

const EXCLUDED: SpanTest = { attributes: { 'gen_ai.operation.name': EXCLUDED_OPERATIONS } }

const ENVOY: OwnershipTest = { resource: { 'service.name': 'ai-gateway' } }

/** One span a request. The span of a client that went away is never ended, so it never comes. */
export const ENVOY_AI_GATEWAY: Preset = {
  ...OPENINFERENCE,
  name: 'envoy_ai_gateway',
  owns: [ENVOY],
  roles: [
    {
      role: 'request',
      when: {
        ...ENVOY,
        any: [NAMES_AN_OPERATION, { attributes: { 'openinference.span.kind': { exists: true } } }],
        not: {
          any: [
            EXCLUDED,
            { attributes: { 'openinference.span.kind': ['TOOL', 'AGENT', 'CHAIN'] } },
          ],
        },
      },
    },
  ],
}

const AGENTGATEWAY_ENTRY: SpanTest = { scope: 'agentgateway', kind: 'server', parent: 'entry' }

/**
 * Also proxies MCP, A2A and plain HTTP. Its root stays UNSET when a provider answers 4xx or 5xx:
 * `http.status` tells.
 */
export const AGENTGATEWAY: Preset = {
  ...UNVERIFIED,
  name: 'agentgateway',
  owns: [{ scope: 'agentgateway' }],
  roles: [
    {
      role: 'ignored',
      when: {
        ...AGENTGATEWAY_ENTRY,
        any: [
          EXCLUDED,
          { attributes: { 'mcp.method.name': { exists: true } } },
          { attributes: { 'a2a.method': { exists: true } } },
          {
            attributes: { 'http.path': { exists: true } },
            not: {
              any: [
                NAMES_A_MODEL,
                {
                  attributes: {
                    'http.path': [
                      '*/chat/completions',
                      '*/completions',
                      '*/embeddings',
                      '*/responses',
                      '*/messages',
                      '*:generateContent*',
                      '*:streamGenerateContent*',
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
    },
    { role: 'request', when: AGENTGATEWAY_ENTRY },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    httpStatus: ['http.status', ...CONVENTIONAL_ATTRIBUTES.httpStatus],
  },
}

const BIFROST_SDK: OwnershipTest = { resource: { 'telemetry.sdk.name': 'bifrost' } }

/** Sends whole traces at their end. Retries, fallbacks and the calls in them are attempts. */
export const BIFROST: Preset = {
  ...UNVERIFIED,
  name: 'bifrost',
  owns: [BIFROST_SDK],
  roles: [
    {
      role: 'ignored',
      when: { ...BIFROST_SDK, kind: 'server', llmRoute: false, not: NAMES_A_MODEL },
    },
    { role: 'request', when: { ...BIFROST_SDK, kind: 'server', parent: 'entry' } },
    {
      role: 'attempt',
      when: { ...BIFROST_SDK, name: ['llm.call', 'retry.attempt.*', 'fallback.*'] },
    },
  ],
}

const PORTKEY_SERVICE: OwnershipTest = { resource: { 'service.name': 'portkey' } }

/** One CLIENT span a request, and `error.type` is the HTTP status from 300 on. */
export const PORTKEY: Preset = {
  ...UNVERIFIED,
  name: 'portkey',
  owns: [PORTKEY_SERVICE],
  roles: [
    {
      role: 'request',
      when: { ...PORTKEY_SERVICE, kind: 'client', ...NAMES_AN_OPERATION, not: EXCLUDED },
    },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    httpStatus: ['error.type', 'http.response.status_code', 'http.status_code'],
  },
}

/** `kong.gen_ai` is the request where Kong's own root does not show an LLM route. */
export const KONG: Preset = {
  ...UNVERIFIED,
  name: 'kong',
  owns: [{ scope: 'kong-internal' }, { resource: { 'service.name': 'kong' } }],
  roles: [
    { role: 'request', when: { name: 'kong.gen_ai', not: EXCLUDED } },
    {
      role: 'request',
      when: {
        kind: 'server',
        llmRoute: true,
        any: [{ scope: 'kong-internal' }, { resource: { 'service.name': 'kong' } }],
      },
    },
  ],
}

const TENSORZERO_ORIGIN: SpanTest = {
  any: [{ scope: 'tensorzero*' }, { resource: { 'service.name': 'tensorzero*' } }],
}

/** Only the span of the HTTP server gets an ERROR. */
export const TENSORZERO: Preset = {
  ...UNVERIFIED,
  name: 'tensorzero',
  owns: [{ scope: 'tensorzero*' }, { resource: { 'service.name': 'tensorzero*' } }],
  roles: [
    {
      role: 'request',
      when: {
        ...TENSORZERO_ORIGIN,
        kind: 'server',
        attributes: { 'http.route': ['/inference', '/openai/v1/*'] },
        not: { attributes: { 'http.route': ['*/models', '*/files*', '*/batches*'] } },
      },
    },
    {
      role: 'attempt',
      when: { ...TENSORZERO_ORIGIN, name: ['model_inference', 'model_provider_inference'] },
    },
  ],
}

/** Requests that failed or were aborted send no span: what this shows is hangs. */
export const VLLM: Preset = {
  ...UNVERIFIED,
  name: 'vllm',
  owns: [{ scope: 'vllm*' }],
  roles: [{ role: 'request', when: { scope: 'vllm*', name: 'llm_request' } }],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    firstChunk: [
      ...CONVENTIONAL_ATTRIBUTES.firstChunk,
      { key: 'gen_ai.latency.time_to_first_token', unit: 's' },
    ],
  },
}

const HELICONE_SERVICE: OwnershipTest = { resource: { 'service.name': 'helicone*' } }

/** Its root has no status: what this shows is hangs. */
export const HELICONE: Preset = {
  ...UNVERIFIED,
  name: 'helicone',
  owns: [HELICONE_SERVICE],
  roles: [{ role: 'request', when: { ...HELICONE_SERVICE, name: 'request', parent: 'entry' } }],
}
