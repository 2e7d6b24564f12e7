import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import { createLlmRoutes, DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import type { SpanTest } from '../../src/selection/preset.ts'
import { compileSpanTest } from '../../src/selection/span-test.ts'
import { spanOf, type PlainSpan } from './plain-span.ts'

function holds(test: SpanTest, plain: PlainSpan): boolean {
  const columns = createAttributeColumns()
  const routes = createLlmRoutes(DEFAULT_LLM_ROUTES, columns)
  return compileSpanTest(test, columns, routes)(spanOf(plain, columns))
}

const CHAT: PlainSpan = {
  name: 'chat gpt-4o',
  kind: 'client',
  status: 'error',
  scope: 'openai',
  parent: 'local',
  attributes: { 'gen_ai.request.model': 'gpt-4o', 'http.route': '/v1/messages', n: 3, ok: true },
  resource: { 'service.name': 'shop' },
}

describe('compileSpanTest', () => {
  it.each<[string, SpanTest, boolean]>([
    ['nothing asked', {}, true],
    ['name', { name: 'chat gpt-4o' }, true],
    ['another name', { name: 'chat' }, false],
    ['name by glob', { name: 'chat *' }, true],
    ['one of several names', { name: ['embeddings *', 'chat gpt-4o'] }, true],
    ['none of several names', { name: ['embeddings *', 'chat'] }, false],
    ['kind', { kind: 'client' }, true],
    ['one of several kinds', { kind: ['server', 'client'] }, true],
    ['another kind', { kind: 'server' }, false],
    ['scope', { scope: 'open*' }, true],
    ['another scope', { scope: 'litellm' }, false],
    ['status', { status: 'error' }, true],
    ['one of several statuses', { status: ['ok', 'unset'] }, false],
    ['resource', { resource: { 'service.name': 'shop' } }, true],
    ['another resource', { resource: { 'service.name': 'bank' } }, false],
    ['attribute of the span is not of the resource', { resource: { n: 3 } }, false],
    ['attribute', { attributes: { 'gen_ai.request.model': 'gpt-4*' } }, true],
    ['attribute by list', { attributes: { 'gen_ai.request.model': ['o1', 'gpt-4o'] } }, true],
    ['number as number', { attributes: { n: 3 } }, true],
    ['number as text', { attributes: { n: '3' } }, true],
    ['boolean', { attributes: { ok: true } }, true],
    ['another boolean', { attributes: { ok: false } }, false],
    ['two attributes, one wrong', { attributes: { n: 3, ok: false } }, false],
    ['existence', { attributes: { n: { exists: true } } }, true],
    ['absence', { attributes: { m: { exists: false } } }, true],
    ['existence of what is absent', { attributes: { m: { exists: true } } }, false],
    ['an absent attribute matches no glob', { attributes: { m: '*' } }, false],
    ['LLM route', { llmRoute: true }, true],
    ['no LLM route', { llmRoute: false }, false],
    ['any', { any: [{ kind: 'server' }, { kind: 'client' }] }, true],
    ['none of any', { any: [{ kind: 'server' }] }, false],
    ['any besides', { name: 'x', any: [{ kind: 'client' }] }, false],
    ['not', { not: { kind: 'server' } }, true],
    ['not what is', { not: { kind: 'client' } }, false],
    ['local', { parent: 'local' }, true],
    ['entry', { parent: 'entry' }, false],
  ])('%s', (_, test, expected) => {
    expect(holds(test, CHAT)).toBe(expected)
  })

  it.each([
    ['none', { none: true, remote: false, local: false, entry: true }],
    ['remote', { none: false, remote: true, local: false, entry: true }],
    ['local', { none: false, remote: false, local: true, entry: false }],
    ['unknown', { none: false, remote: false, local: true, entry: false }],
  ] as const)('parent %s', (parent, expected) => {
    const read = (test: SpanTest) => holds(test, { kind: 'internal', parent })
    expect({
      none: read({ parent: 'none' }),
      remote: read({ parent: 'remote' }),
      local: read({ parent: 'local' }),
      entry: read({ parent: 'entry' }),
    }).toEqual(expected)
  })

  it('counts empty text as absent', () => {
    const plain = { attributes: { team: '' } }
    expect(holds({ attributes: { team: { exists: true } } }, plain)).toBe(false)
    expect(holds({ attributes: { team: { exists: false } } }, plain)).toBe(true)
    expect(holds({ attributes: { team: '*' } }, plain)).toBe(false)
  })

  it('is satisfied with one element of an array', () => {
    const plain = { attributes: { tags: ['a', 2] } }
    expect(holds({ attributes: { tags: 'a' } }, plain)).toBe(true)
    expect(holds({ attributes: { tags: 2 } }, plain)).toBe(true)
    expect(holds({ attributes: { tags: 'b' } }, plain)).toBe(false)
  })

  it('takes a span without a path for neither an LLM route nor another', () => {
    expect(holds({ llmRoute: true }, {})).toBe(false)
    expect(holds({ llmRoute: false }, {})).toBe(false)
    expect(holds({ llmRoute: false }, { attributes: { 'url.path': '/v1/models' } })).toBe(true)
  })
})
