import type { Preset } from '../preset.ts'
import { CONVENTIONAL_ATTRIBUTES, MODEL_OPERATIONS, UNVERIFIED } from './attributes.ts'

/**
 * Vercel's AI SDK. The outer span is the user's request; the calls to the model below it (`.do...`)
 * match as well, and count by themselves when the outer one never comes.
 */
export const VERCEL_AI: Preset = {
  ...UNVERIFIED,
  name: 'vercel_ai',
  roles: [
    {
      role: 'request',
      when: { scope: 'gen_ai', attributes: { 'gen_ai.operation.name': 'invoke_agent' } },
    },
    {
      role: 'request',
      when: {
        attributes: { 'ai.operationId': 'ai.*' },
        not: { attributes: { 'ai.operationId': 'ai.toolCall*' } },
      },
    },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    model: [...CONVENTIONAL_ATTRIBUTES.model, 'ai.model.id'],
    provider: [...CONVENTIONAL_ATTRIBUTES.provider, 'ai.model.provider'],
    operation: [...CONVENTIONAL_ATTRIBUTES.operation, 'ai.operationId'],
    firstChunk: [
      ...CONVENTIONAL_ATTRIBUTES.firstChunk,
      { key: 'ai.response.msToFirstChunk', unit: 'ms' },
      { key: 'ai.stream.msToFirstChunk', unit: 'ms' },
    ],
    stream: [
      ...CONVENTIONAL_ATTRIBUTES.stream,
      'ai.response.msToFirstChunk',
      'ai.stream.msToFirstChunk',
    ],
  },
  upstream: {
    attributes: [...CONVENTIONAL_ATTRIBUTES.provider, 'ai.model.provider'],
    client: true,
  },
}

/** https://github.com/open-telemetry/semantic-conventions-genai */
export const GENAI: Preset = {
  ...UNVERIFIED,
  name: 'genai',
  roles: [{ role: 'request', when: { attributes: { 'gen_ai.operation.name': MODEL_OPERATIONS } } }],
}

/** OpenLLMetry (Traceloop) before it took over the GenAI conventions. */
export const OPENLLMETRY: Preset = {
  ...UNVERIFIED,
  name: 'openllmetry',
  roles: [
    {
      role: 'request',
      when: {
        attributes: { 'llm.request.type': { exists: true } },
        // Workflows, tasks, agents and tools: they wrap requests.
        not: { attributes: { 'traceloop.span.kind': { exists: true } } },
      },
    },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    operation: [...CONVENTIONAL_ATTRIBUTES.operation, 'llm.request.type'],
    stream: [...CONVENTIONAL_ATTRIBUTES.stream, 'gen_ai.is_streaming'],
  },
}

/** https://github.com/Arize-ai/openinference */
export const OPENINFERENCE: Preset = {
  ...UNVERIFIED,
  name: 'openinference',
  roles: [
    {
      role: 'request',
      when: { attributes: { 'openinference.span.kind': ['LLM', 'EMBEDDING'] } },
    },
  ],
  attributes: {
    ...CONVENTIONAL_ATTRIBUTES,
    model: ['llm.model_name', 'embedding.model_name', ...CONVENTIONAL_ATTRIBUTES.model],
    provider: ['llm.provider', 'llm.system', ...CONVENTIONAL_ATTRIBUTES.provider],
    operation: [...CONVENTIONAL_ATTRIBUTES.operation, 'openinference.span.kind'],
  },
  upstream: {
    attributes: ['llm.provider', 'llm.system', ...CONVENTIONAL_ATTRIBUTES.provider],
    client: true,
  },
}
