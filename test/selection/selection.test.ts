import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import { DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import { DEFAULT_OUTCOMES } from '../../src/selection/outcome.ts'
import type { MatchEntry } from '../../src/selection/preset.ts'
import { resolvePresets } from '../../src/selection/presets.ts'
import { createSelection } from '../../src/selection/selection.ts'
import { createReader, spanOf, type PlainSpan } from './plain-span.ts'

const GENAI: PlainSpan = {
  kind: 'client',
  attributes: { 'gen_ai.operation.name': 'chat', 'openinference.span.kind': 'LLM' },
}

describe('auto', () => {
  const read = createReader({ preset: 'auto' })

  it('lets the owner decide alone', () => {
    expect(read({ ...GENAI, scope: 'vllm.engine' }).is).toBe('end vllm')
    expect(read({ ...GENAI, resource: { 'service.name': 'kong' } }).is).toBe('end kong')
  })

  it('asks the presets of conventions in their order', () => {
    expect(read(GENAI).is).toBe('request genai')
    expect(read({ ...GENAI, scope: 'ai', attributes: { 'ai.operationId': 'ai.embed' } }).is).toBe(
      'request vercel_ai',
    )
  })

  it('takes no notice of the rest', () => {
    expect(read({ name: 'SELECT', kind: 'client', parent: 'local' }).is).toBe('link')
    expect(read({ name: 'GET /', kind: 'server' }).is).toBe('end')
  })

  it('tells owners apart however spans of several are mixed', () => {
    const portkey = { 'service.name': 'portkey' }
    const bifrost = { 'service.name': 'portkey', 'telemetry.sdk.name': 'bifrost' }
    for (let round = 0; round < 3; round++) {
      expect(read({ ...GENAI, resource: portkey }).is).toBe('request portkey')
      expect(read({ ...GENAI, resource: bifrost }).is).toBe('end bifrost')
      expect(read(GENAI).is).toBe('request genai')
      expect(read({ ...GENAI, scope: 'litellm', resource: portkey }).is).toBe('request litellm')
    }
  })
})

describe('match', () => {
  const entries: MatchEntry[] = [
    { role: 'ignored', name: 'warm-up' },
    { role: 'sign', name: 'gave up' },
    { role: 'attempt', name: 'try *' },
    { role: 'unsure', name: 'ask', status: 'unset' },
    { name: ['ask', 'warm-up'], attributes: { tier: { exists: true } } },
  ]
  const read = createReader({ presets: resolvePresets({ match: entries }) })
  const ask: PlainSpan = { name: 'ask', status: 'ok', attributes: { tier: 'gold' } }

  it.each<[string, PlainSpan, string]>([
    ['a request', ask, 'request match'],
    ['a candidate', { ...ask, parent: 'local' }, 'candidate match'],
    ['no match', { ...ask, attributes: {} }, 'end'],
    ['unsure', { name: 'ask' }, 'unsure match'],
    ['unsure inside something', { name: 'ask', parent: 'local' }, 'candidate match'],
    ['an attempt', { name: 'try 2', parent: 'local' }, 'attempt match'],
    ['an attempt of nothing', { name: 'try 2' }, 'end'],
    ['a sign', { name: 'gave up', parent: 'local' }, 'sign match'],
    ['a sign of nothing', { name: 'gave up' }, 'end'],
    ['ignored, before the request', { ...ask, name: 'warm-up' }, 'void match'],
    ['ignored inside something', { name: 'warm-up', parent: 'local' }, 'link match'],
  ])('reads %s', (_, span, expected) => {
    expect(read(span).is).toBe(expected)
  })

  it('reads facts of every convention', () => {
    const attributes = {
      tier: 'gold',
      'llm.model_name': 'gpt-4o',
      'ai.model.provider': 'openai',
      'litellm.team.alias': 'research',
    }
    expect(read({ ...ask, attributes }).facts).toEqual({
      model: 'gpt-4o',
      provider: 'openai',
      team: 'research',
    })
  })
})

describe('createSelection', () => {
  it('gives the same class for the same role: classifying allocates nothing', () => {
    const { columns, selection } = create()
    const first = selection.classify(spanOf(GENAI, columns))
    expect(selection.classify(spanOf(GENAI, columns))).toBe(first)
    const nothing = selection.classify(spanOf({}, columns))
    expect(selection.classify(spanOf({}, columns))).toBe(nothing)
  })

  it('asks for all its columns at once', () => {
    const { columns, selection } = create()
    columns.freeze()
    const span = spanOf(GENAI, columns)
    expect(selection.judge(span, selection.classify(span), true).outcome).toBe('ok')
  })

  it('asks for no attribute that holds prompts, messages, e-mails or keys', () => {
    const { columns } = create()
    const secret =
      /message|prompt|completion\b|content|email|hash|api_key$|authorization|input|output/
    expect(columns.keys.filter((key) => secret.test(key))).toEqual([])
  })

  it('judges a span that no preset matched by the last one', () => {
    const { columns, selection } = create()
    const attributes = { 'error.type': '503', 'gen_ai.request.model': 'm' }
    const span = spanOf({ attributes }, columns)
    expect(selection.classify(span).preset).toBe('')
    expect(selection.judge(span, selection.classify(span), true)).toMatchObject({
      outcome: 'failed',
      facts: { model: 'm', httpStatus: 503 },
    })
  })

  it('judges nothing without a preset', () => {
    const { columns, selection } = create([])
    const span = spanOf({}, columns)
    expect(() => selection.judge(span, selection.classify(span), true)).toThrow('no preset ""')
  })

  function create(presets = resolvePresets({ preset: 'auto' })) {
    const columns = createAttributeColumns()
    const options = {
      presets,
      groupKeys: ['service.name'],
      outcomes: DEFAULT_OUTCOMES,
      llmRoutes: DEFAULT_LLM_ROUTES,
    }
    return { columns, selection: createSelection(options, columns) }
  }
})
