import type { AttributeInput, SpanInput, TracesInput } from '../helpers/otlp.ts'

/** Spans of LLM requests as a proxy emits them: with content and without. */
export type Shape = 'full' | 'lean'

export const BATCH_SPANS = 512

/** Deterministic: the same seed gives the same batch, so that runs compare. */
export function randomFrom(seed: number): () => number {
  // mulberry32
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * One export of `spans` CLIENT spans, roots but for one in ten. Full spans have 20 attributes, in a
 * fifth of them 2 to 8 KB of prompt and completion; lean ones have no content. One in twenty failed.
 */
export function tracesOf(shape: Shape, spans = BATCH_SPANS, seed = 1): TracesInput {
  const random = randomFrom(seed)
  const instance = `litellm-proxy-7d9f8b6c5-${hex(random, 5)}`
  return [
    {
      resource: {
        'service.name': 'litellm-proxy',
        'service.instance.id': instance,
        'service.version': '1.83.4',
        'deployment.environment.name': 'production',
        'telemetry.sdk.language': 'python',
        'telemetry.sdk.name': 'opentelemetry',
        'telemetry.sdk.version': '1.37.0',
        'k8s.pod.name': instance,
      },
      scopes: [
        {
          name: 'litellm',
          version: '1.83.4',
          spans: Array.from({ length: spans }, () => spanOf(shape, random)),
        },
      ],
    },
  ]
}

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'llama-3.3-70b']
const PROVIDERS = ['openai', 'openai', 'anthropic', 'gcp.vertex_ai', 'aws.bedrock']
const TEAMS = ['search', 'support', 'growth', 'platform', 'research', 'data']
const WORDS =
  'the model answers a question about incident response in plain words and cites '.split(' ')

function spanOf(shape: Shape, random: () => number): SpanInput {
  const model = Math.floor(random() * MODELS.length)
  const failed = random() < 0.05
  // Exported within five seconds of their end.
  const endUnixNano = 1_764_000_000_000_000_000n - BigInt(Math.floor(random() * 5e9))
  const startUnixNano = endUnixNano - BigInt(Math.floor(random() * 20e9))
  return {
    traceId: hex(random, 32),
    spanId: hex(random, 16),
    ...(random() < 0.1 ? { parentSpanId: hex(random, 16) } : {}),
    name: `chat ${MODELS[model]}`,
    kind: 3,
    flags: 0x101,
    startUnixNano,
    endUnixNano,
    statusCode: failed ? 2 : 0,
    ...(failed ? { statusMessage: 'upstream answered 503: the engine is overloaded' } : {}),
    attributes: {
      ...attributes(model, failed, random),
      ...(shape === 'full' ? content(random) : {}),
    },
    ...(failed ? { events: [exception(startUnixNano)] } : {}),
  }
}

function attributes(
  model: number,
  failed: boolean,
  random: () => number,
): Record<string, AttributeInput> {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': PROVIDERS[model]!,
    'gen_ai.provider.name': PROVIDERS[model]!,
    'gen_ai.request.model': MODELS[model]!,
    'gen_ai.response.model': `${MODELS[model]}-2026-08-06`,
    'gen_ai.response.id': `chatcmpl-${hex(random, 29)}`,
    'gen_ai.response.finish_reasons': [failed ? 'error' : 'stop'],
    'gen_ai.usage.input_tokens': Math.floor(random() * 8_000),
    'gen_ai.usage.output_tokens': Math.floor(random() * 2_000),
    'gen_ai.request.temperature': 0.7,
    'server.address': 'api.example.com',
    'server.port': 443,
    'http.response.status_code': failed ? 503 : 200,
    'metadata.user_api_key_team_alias': TEAMS[Math.floor(random() * TEAMS.length)]!,
    'metadata.user_api_key_alias': `key-${Math.floor(random() * 200)}`,
    'llm.request.type': 'completion',
    'gen_ai.request.max_tokens': 4_096,
    'url.full': `https://api.example.com/v1/chat/completions?deployment=${MODELS[model]}`,
    ...(failed ? { 'error.type': 'ServiceUnavailableError' } : {}),
  }
}

function content(random: () => number): Record<string, AttributeInput> {
  const length = random() < 0.2 ? 1_900 + Math.floor(random() * 5_400) : 40
  return {
    'gen_ai.input.messages': text(length * 0.7, random),
    'gen_ai.output.messages': text(length * 0.3, random),
  }
}

function exception(timeUnixNano: bigint): NonNullable<SpanInput['events']>[number] {
  return {
    name: 'exception',
    timeUnixNano,
    attributes: {
      'exception.type': 'litellm.ServiceUnavailableError',
      'exception.message': 'upstream answered 503: the engine is overloaded',
      'exception.stacktrace': 'Traceback (most recent call last):\n'.repeat(12),
    },
  }
}

function text(length: number, random: () => number): string {
  let written = ''
  while (written.length < length) written += `${WORDS[Math.floor(random() * WORDS.length)]} `
  return written
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
}
