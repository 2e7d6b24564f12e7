import { describe, expect, it } from 'vitest'
import { EVIDENCE } from '../../src/model/record.ts'
import { AUTO, PRESETS, resolvePresets } from '../../src/selection/presets.ts'
import { createReader, type PlainSpan, type Read } from './plain-span.ts'

/** What it is, the span, what its preset reads from it under `auto`, and when chosen by name. */
type Row = [string, PlainSpan, Read, alone?: string]

const V1: PlainSpan = { scope: 'litellm', resource: { 'service.name': 'litellm-proxy' } }
const V1_ROOT: PlainSpan = {
  ...V1,
  name: 'Received Proxy Server Request',
  kind: 'server',
  status: 'ok',
}
const V1_CALL: PlainSpan = { ...V1, name: 'litellm_request', parent: 'local' }
const V2_ROOT: PlainSpan = { scope: 'opentelemetry.instrumentation.fastapi', kind: 'server' }
const ROUTE = { 'http.route': '/v1/chat/completions' }
const ENVOY = { 'service.name': 'ai-gateway' }
const BIFROST = { 'telemetry.sdk.name': 'bifrost' }
const PORTKEY = { 'service.name': 'portkey' }
const KONG = { 'service.name': 'kong' }
const TENSORZERO = { 'service.name': 'tensorzero-gateway' }
const HELICONE = { 'service.name': 'helicone-ai-gateway' }
const MODEL = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' }

const TABLES: Record<string, Row[]> = {
  litellm: [
    [
      'v1 root on an LLM route',
      { ...V1_ROOT, attributes: { ...ROUTE, 'http.response.status_code': '200' } },
      {
        is: 'request litellm',
        outcome: 'ok',
        facts: { route: ROUTE['http.route'], httpStatus: 200 },
      },
    ],
    [
      'v1 root on another route',
      { ...V1_ROOT, attributes: { 'http.route': '/v1/models' } },
      { is: 'void litellm' },
    ],
    ['v1 root without any route', V1_ROOT, { is: 'request litellm', outcome: 'ok' }],
    ['v1 root called from afar', { ...V1_ROOT, parent: 'remote' }, { is: 'request litellm' }],
    ['v1 root inside another server', { ...V1_ROOT, parent: 'local' }, { is: 'candidate litellm' }],
    [
      'v1 root that failed',
      {
        ...V1_ROOT,
        status: 'error',
        attributes: {
          ...ROUTE,
          'error.code': 'missing_parameter',
          'error.type': 'BadRequestError',
          'error.llm_provider': 'openai',
        },
      },
      {
        is: 'request litellm',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: { provider: 'openai', route: ROUTE['http.route'], errorType: 'BadRequestError' },
      },
    ],
    [
      'v1 root refused at the gate',
      {
        ...V1_ROOT,
        status: 'error',
        attributes: { ...ROUTE, 'error.code': '401', 'error.type': 'ProxyException' },
      },
      { is: 'request litellm', outcome: 'rejected', outcomeIfUpstream: 'failed', evidence: 0 },
    ],
    [
      'v1 root with the first attempt on it',
      {
        ...V1_ROOT,
        status: 'error',
        attributes: {
          'gen_ai.request.model': 'gpt-4o',
          'error.code': '400',
          'metadata.user_api_key_team_alias': 'research',
        },
      },
      {
        is: 'unsure litellm',
        outcome: 'ok',
        outcomeIfSigned: 'rejected',
        outcomeIfUpstream: 'failed',
        facts: { model: 'gpt-4o', team: 'research', httpStatus: 400 },
      },
    ],
    [
      'v1 root without a status',
      { ...V1_ROOT, status: 'unset' },
      {
        is: 'unsure litellm',
        outcome: 'ok',
        outcomeIfSigned: 'failed',
        outcomeIfUpstream: 'failed',
      },
    ],
    [
      'v1 root without a status, inside another server',
      { ...V1_ROOT, status: 'unset', parent: 'local' },
      { is: 'candidate litellm', outcome: 'ok' },
    ],
    [
      'v1 sign',
      { ...V1, name: 'Failed Proxy Server Request', parent: 'local', status: 'error' },
      { is: 'sign litellm' },
    ],
    [
      'a sign of nothing',
      { ...V1, name: 'Failed Proxy Server Request', status: 'error' },
      { is: 'end litellm' },
    ],
    [
      'v1 call',
      {
        ...V1_CALL,
        status: 'ok',
        attributes: {
          ...MODEL,
          'gen_ai.system': 'openai',
          'llm.is_streaming': 'True',
          'metadata.user_api_key_alias': 'ci-key',
          'metadata.user_api_key_team_alias': '',
        },
      },
      {
        is: 'attempt litellm',
        outcome: 'ok',
        evidence: EVIDENCE.stream,
        facts: { model: 'gpt-4o', provider: 'openai', operation: 'chat', keyAlias: 'ci-key' },
      },
    ],
    [
      'v1 call without root, good',
      { ...V1_CALL, parent: 'none', status: 'ok', attributes: ROUTE },
      { is: 'request litellm', outcome: 'ok' },
    ],
    [
      'v1 call without root, failed behind a root',
      { ...V1_CALL, parent: 'none', status: 'error', attributes: ROUTE },
      { is: 'void litellm' },
    ],
    [
      'the same of a version without http.route',
      {
        ...V1_CALL,
        parent: 'none',
        status: 'error',
        attributes: { 'gen_ai.operation.name': '/v1/messages' },
      },
      { is: 'void litellm' },
    ],
    [
      'v1 call of the library, failed',
      { ...V1_CALL, parent: 'none', status: 'error', attributes: MODEL },
      { is: 'request litellm', outcome: 'failed' },
    ],
    [
      'v1 raw call',
      { ...V1, name: 'raw_gen_ai_request', parent: 'local', attributes: MODEL },
      { is: 'link litellm' },
    ],
    [
      'v2 root',
      {
        ...V2_ROOT,
        attributes: {
          ...ROUTE,
          'http.status_code': 200,
          'gen_ai.request.model': 'gpt-4o',
          'litellm.team.alias': 'research',
        },
      },
      {
        is: 'request litellm',
        outcome: 'ok',
        facts: { model: 'gpt-4o', team: 'research', route: ROUTE['http.route'], httpStatus: 200 },
      },
    ],
    [
      'v2 root that failed',
      {
        ...V2_ROOT,
        status: 'error',
        exceptionType: 'NotFoundError',
        attributes: {
          'http.target': '/v1/messages?beta=true',
          'http.status_code': 404,
          'error.type': 'ProxyException',
          'litellm.provider.error.llm_provider': 'anthropic',
        },
      },
      {
        is: 'request litellm',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: {
          provider: 'anthropic',
          route: '/v1/messages',
          errorType: 'NotFoundError',
          httpStatus: 404,
        },
      },
    ],
    [
      'v2 root whose stream tore',
      {
        ...V2_ROOT,
        status: 'error',
        attributes: { ...ROUTE, 'http.status_code': 200, 'gen_ai.request.model': 'gpt-4o' },
      },
      { is: 'request litellm', outcome: 'failed' },
    ],
    [
      'v2 root that shows nothing of LiteLLM',
      { ...V2_ROOT, attributes: ROUTE },
      { is: 'request generic_http', outcome: 'ok' },
      'request litellm',
    ],
    [
      'FastAPI with conventions of its own',
      { ...V2_ROOT, attributes: { ...ROUTE, ...MODEL, 'gen_ai.provider.name': 'openai' } },
      { is: 'request genai' },
      'request litellm',
    ],
    [
      'v2 root on another route',
      { ...V2_ROOT, attributes: { 'http.target': '/v1/models' } },
      { is: 'end' },
      'void litellm',
    ],
    [
      'v2 preflight',
      { ...V2_ROOT, attributes: { ...ROUTE, 'http.method': 'OPTIONS' } },
      { is: 'void generic_http' },
      'void litellm',
    ],
    [
      'v2 call',
      {
        ...V1,
        name: 'chat gpt-4o',
        kind: 'client',
        parent: 'local',
        status: 'error',
        attributes: {
          ...MODEL,
          'error.type': 'RateLimitError',
          'litellm.provider.error.code': '429',
          'gen_ai.response.time_to_first_chunk': 1.5,
        },
      },
      {
        is: 'attempt litellm',
        outcome: 'failed',
        firstChunkNano: 1_500_000_000,
        evidence: EVIDENCE.stream,
        facts: { model: 'gpt-4o', operation: 'chat', errorType: 'RateLimitError', httpStatus: 429 },
      },
    ],
    [
      'v2 call of the library',
      { ...V1, kind: 'client', attributes: MODEL },
      { is: 'request litellm' },
    ],
    [
      'v2 agent',
      {
        ...V1,
        kind: 'client',
        parent: 'local',
        attributes: { 'gen_ai.operation.name': 'invoke_agent' },
      },
      { is: 'link litellm' },
    ],
    [
      'v2 route',
      {
        ...V1,
        name: 'route gpt-4o',
        parent: 'local',
        attributes: { 'gen_ai.request.model': 'gpt-4o' },
      },
      { is: 'link litellm' },
    ],
  ],
  envoy_ai_gateway: [
    [
      'OpenInference',
      {
        resource: ENVOY,
        kind: 'server',
        parent: 'remote',
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': 'gpt-4o',
          'llm.system': 'openai',
        },
      },
      {
        is: 'request envoy_ai_gateway',
        outcome: 'ok',
        facts: { model: 'gpt-4o', provider: 'openai', operation: 'LLM' },
      },
    ],
    [
      'GenAI',
      { resource: ENVOY, parent: 'unknown', status: 'error', attributes: MODEL },
      { is: 'candidate envoy_ai_gateway', outcome: 'failed' },
    ],
    [
      'a tool',
      { resource: ENVOY, attributes: { 'gen_ai.operation.name': 'execute_tool' } },
      { is: 'end envoy_ai_gateway' },
    ],
    [
      'an agent',
      { resource: ENVOY, attributes: { 'openinference.span.kind': 'AGENT' } },
      { is: 'end envoy_ai_gateway' },
    ],
  ],
  agentgateway: [
    [
      'a provider error under an UNSET root',
      {
        scope: 'agentgateway',
        kind: 'server',
        attributes: {
          ...MODEL,
          'gen_ai.provider.name': 'openai',
          'http.status': 400,
          'http.path': '/v1/chat/completions',
        },
      },
      {
        is: 'request agentgateway',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: { model: 'gpt-4o', provider: 'openai', operation: 'chat', httpStatus: 400 },
      },
    ],
    [
      'its own refusal',
      {
        scope: 'agentgateway',
        kind: 'server',
        attributes: { 'http.status': 401, 'http.path': '/v1/chat/completions' },
      },
      { is: 'request agentgateway', outcome: 'rejected' },
    ],
    [
      'nothing known',
      { scope: 'agentgateway', kind: 'server' },
      { is: 'request agentgateway', outcome: 'ok' },
    ],
    [
      'MCP',
      { scope: 'agentgateway', kind: 'server', attributes: { 'mcp.method.name': 'tools/call' } },
      { is: 'void agentgateway' },
    ],
    [
      'plain HTTP',
      { scope: 'agentgateway', kind: 'server', attributes: { 'http.path': '/healthz' } },
      { is: 'void agentgateway' },
    ],
    [
      'not an entry point',
      { scope: 'agentgateway', kind: 'client', parent: 'local', attributes: MODEL },
      { is: 'link agentgateway' },
    ],
  ],
  bifrost: [
    [
      'its root',
      { resource: BIFROST, kind: 'server', parent: 'unknown', status: 'error' },
      { is: 'request bifrost', outcome: 'failed' },
    ],
    [
      'another route',
      { resource: BIFROST, kind: 'server', attributes: { 'http.route': '/api/config' } },
      { is: 'void bifrost' },
    ],
    [
      'a route of its own',
      { resource: BIFROST, kind: 'server', attributes: { 'http.route': '/litellm/x', ...MODEL } },
      { is: 'request bifrost' },
    ],
    [
      'a retry',
      {
        resource: BIFROST,
        name: 'retry.attempt.1',
        kind: 'client',
        parent: 'unknown',
        status: 'error',
        attributes: MODEL,
      },
      { is: 'attempt bifrost', outcome: 'failed', evidence: EVIDENCE.upstreamError },
    ],
    [
      'a fallback',
      { resource: BIFROST, name: 'fallback.openai', parent: 'unknown' },
      { is: 'attempt bifrost' },
    ],
    [
      'a call',
      { resource: BIFROST, name: 'llm.call', parent: 'unknown' },
      { is: 'attempt bifrost' },
    ],
    [
      'a plugin',
      { resource: BIFROST, name: 'plugin.governance', parent: 'unknown' },
      { is: 'link bifrost' },
    ],
  ],
  portkey: [
    [
      'good',
      { resource: PORTKEY, kind: 'client', attributes: MODEL },
      { is: 'request portkey', outcome: 'ok' },
    ],
    [
      'refused by the provider',
      { resource: PORTKEY, kind: 'client', attributes: { ...MODEL, 'error.type': '401' } },
      {
        is: 'request portkey',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: { model: 'gpt-4o', operation: 'chat', errorType: '401', httpStatus: 401 },
      },
    ],
    [
      'redirected',
      { resource: PORTKEY, kind: 'client', attributes: { ...MODEL, 'error.type': 302 } },
      { is: 'request portkey', outcome: 'ok' },
    ],
    [
      'an agent',
      { resource: PORTKEY, kind: 'client', attributes: { 'gen_ai.operation.name': 'plan' } },
      { is: 'end portkey' },
    ],
    ['a hook', { resource: PORTKEY, parent: 'local' }, { is: 'link portkey' }],
  ],
  kong: [
    [
      'its call',
      { resource: KONG, name: 'kong.gen_ai', parent: 'local', attributes: MODEL },
      { is: 'candidate kong' },
    ],
    [
      'its root on an LLM route',
      { scope: 'kong-internal', kind: 'server', attributes: { ...ROUTE, 'http.status_code': 503 } },
      { is: 'request kong', outcome: 'failed' },
    ],
    [
      'its root on another route',
      { resource: KONG, kind: 'server', attributes: { 'http.route': '/shop' } },
      { is: 'end kong' },
    ],
    ['a phase', { resource: KONG, name: 'kong.balancer', parent: 'local' }, { is: 'link kong' }],
  ],
  tensorzero: [
    [
      'inference',
      {
        resource: TENSORZERO,
        kind: 'server',
        status: 'error',
        attributes: { 'http.route': '/inference' },
      },
      { is: 'request tensorzero', outcome: 'failed' },
    ],
    [
      'as OpenAI',
      {
        scope: 'tensorzero',
        kind: 'server',
        attributes: { 'http.route': '/openai/v1/chat/completions' },
      },
      { is: 'request tensorzero' },
    ],
    [
      'feedback',
      { resource: TENSORZERO, kind: 'server', attributes: { 'http.route': '/feedback' } },
      { is: 'end tensorzero' },
    ],
    [
      'models',
      { resource: TENSORZERO, kind: 'server', attributes: { 'http.route': '/openai/v1/models' } },
      { is: 'end tensorzero' },
    ],
    [
      'its call',
      { resource: TENSORZERO, name: 'model_inference', parent: 'local', attributes: MODEL },
      { is: 'attempt tensorzero' },
    ],
  ],
  vllm: [
    [
      'a request',
      {
        scope: 'vllm.llm_engine',
        name: 'llm_request',
        kind: 'server',
        parent: 'remote',
        attributes: { 'gen_ai.response.model': 'qwen', 'gen_ai.latency.time_to_first_token': 0.25 },
      },
      {
        is: 'request vllm',
        outcome: 'ok',
        firstChunkNano: 250_000_000,
        evidence: 0,
        facts: { model: 'qwen' },
      },
    ],
    ['anything else', { scope: 'vllm.api', name: 'start' }, { is: 'end vllm' }],
  ],
  helicone: [
    [
      'its root',
      { resource: HELICONE, name: 'request' },
      { is: 'request helicone', outcome: 'ok' },
    ],
    [
      'anything below',
      { resource: HELICONE, name: 'request', parent: 'local' },
      { is: 'link helicone' },
    ],
  ],
  vercel_ai: [
    [
      'an agent',
      {
        scope: 'gen_ai',
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.provider.name': 'openai',
        },
      },
      {
        is: 'request vercel_ai',
        facts: { model: 'gpt-4o', provider: 'openai', operation: 'invoke_agent' },
      },
    ],
    [
      'the outer span',
      {
        scope: 'ai',
        parent: 'local',
        status: 'error',
        attributes: {
          'ai.operationId': 'ai.streamText',
          'ai.model.id': 'gpt-4o',
          'ai.model.provider': 'openai.chat',
        },
      },
      {
        is: 'candidate vercel_ai',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: { model: 'gpt-4o', provider: 'openai.chat', operation: 'ai.streamText' },
      },
    ],
    [
      'the call below it',
      {
        scope: 'ai',
        parent: 'local',
        attributes: {
          'ai.operationId': 'ai.streamText.doStream',
          'ai.response.msToFirstChunk': 120.5,
        },
      },
      { is: 'candidate vercel_ai', firstChunkNano: 120_500_000, evidence: EVIDENCE.stream },
    ],
    [
      'a tool',
      { scope: 'ai', parent: 'local', attributes: { 'ai.operationId': 'ai.toolCall' } },
      { is: 'link' },
    ],
  ],
  genai: [
    [
      'a root',
      {
        kind: 'client',
        status: 'error',
        attributes: { ...MODEL, 'gen_ai.system': 'openai', 'error.type': '404' },
      },
      {
        is: 'request genai',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: {
          model: 'gpt-4o',
          provider: 'openai',
          operation: 'chat',
          errorType: '404',
          httpStatus: 404,
        },
      },
    ],
    [
      'below something',
      { kind: 'client', parent: 'local', attributes: MODEL },
      { is: 'candidate genai' },
    ],
    [
      'below something unknown',
      { kind: 'client', parent: 'unknown', attributes: MODEL },
      { is: 'candidate genai' },
    ],
    [
      'embeddings',
      { attributes: { 'gen_ai.operation.name': 'embeddings' } },
      { is: 'request genai' },
    ],
    [
      'generate_content',
      { attributes: { 'gen_ai.operation.name': 'generate_content' } },
      { is: 'request genai' },
    ],
    [
      'text_completion',
      { attributes: { 'gen_ai.operation.name': 'text_completion' } },
      { is: 'request genai' },
    ],
    ...['invoke_agent', 'invoke_workflow', 'create_agent', 'plan', 'execute_tool'].map(
      (operation): Row => [
        operation,
        { attributes: { 'gen_ai.operation.name': operation } },
        { is: 'end' },
      ],
    ),
  ],
  openllmetry: [
    [
      'a call',
      {
        kind: 'client',
        status: 'ok',
        attributes: {
          'llm.request.type': 'chat',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.system': 'OpenAI',
        },
      },
      {
        is: 'request openllmetry',
        outcome: 'ok',
        facts: { model: 'gpt-4o', provider: 'OpenAI', operation: 'chat' },
      },
    ],
    [
      'a wrapper',
      { attributes: { 'llm.request.type': 'chat', 'traceloop.span.kind': 'workflow' } },
      { is: 'end' },
    ],
  ],
  openinference: [
    [
      'a call',
      {
        parent: 'local',
        status: 'error',
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': 'gpt-4o',
          'llm.provider': 'azure',
        },
      },
      {
        is: 'candidate openinference',
        outcome: 'failed',
        evidence: EVIDENCE.upstreamError,
        facts: { model: 'gpt-4o', provider: 'azure', operation: 'LLM' },
      },
    ],
    [
      'embeddings',
      { attributes: { 'openinference.span.kind': 'EMBEDDING' } },
      { is: 'request openinference' },
    ],
    ['a chain', { attributes: { 'openinference.span.kind': 'CHAIN' } }, { is: 'end' }],
  ],
  generic_http: [
    [
      'a rate limit',
      {
        kind: 'server',
        attributes: { 'url.path': '/v1/chat/completions', 'http.response.status_code': 429 },
      },
      {
        is: 'request generic_http',
        outcome: 'failed',
        facts: { route: '/v1/chat/completions', httpStatus: 429 },
      },
    ],
    [
      'a refusal',
      { kind: 'server', attributes: { ...ROUTE, 'http.response.status_code': 401 } },
      { is: 'request generic_http', outcome: 'rejected', outcomeIfUpstream: 'failed' },
    ],
    [
      'inside another server',
      { kind: 'server', parent: 'local', attributes: ROUTE },
      { is: 'candidate generic_http' },
    ],
    ['another route', { kind: 'server', attributes: { 'http.route': '/healthz' } }, { is: 'end' }],
    [
      'a preflight',
      { kind: 'server', attributes: { ...ROUTE, 'http.request.method': 'OPTIONS' } },
      { is: 'void generic_http' },
    ],
    [
      'a call to another proxy',
      { kind: 'client', attributes: { 'url.path': '/v1/messages' } },
      { is: 'end' },
    ],
  ],
}

describe.each(Object.entries(TABLES))('preset %s', (preset, rows) => {
  const alone = createReader({ preset })
  const amongAll = createReader({ preset: 'auto' })

  it.each(rows)('%s, under auto', (_, span, expected) => {
    const read = amongAll(span)
    expect(read).toMatchObject(expected)
    if (expected.facts !== undefined) expect(read.facts).toEqual(expected.facts)
  })

  // Chosen by name, a preset owns nothing: what it does not recognise was judged by none.
  it.each(rows)('%s, chosen by name', (_, span, expected, is) => {
    expect(alone(span).is).toBe(is ?? expected.is.replace(/^(link|end) .*/, '$1'))
  })
})

describe('the presets', () => {
  it('each have a table here', () => {
    expect(Object.keys(TABLES)).toEqual([...PRESETS.keys()])
  })

  it('are all in auto', () => {
    expect(AUTO).toEqual([...PRESETS.keys()])
    expect(resolvePresets({ preset: 'auto' }).map(({ name }) => name)).toEqual(AUTO)
  })

  it('are verified where recordings made them', () => {
    const verified = [...PRESETS.values()].filter((preset) => preset.verified)
    expect(verified.map(({ name }) => name)).toEqual(['litellm'])
  })

  it('are plain data', () => {
    for (const preset of PRESETS.values()) {
      expect(JSON.parse(JSON.stringify(preset))).toEqual(preset)
    }
  })

  it('know their names', () => {
    expect(() => resolvePresets({ preset: 'litelm' })).toThrow('no preset "litelm": auto, litellm')
  })
})
