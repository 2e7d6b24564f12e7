import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../src/model/attribute-columns.ts'
import type { AttributeValue } from '../../src/model/span.ts'
import { createLlmRoutes, DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import { spanOf } from './plain-span.ts'

function createTest(sources: readonly string[] = DEFAULT_LLM_ROUTES) {
  const columns = createAttributeColumns()
  const routes = createLlmRoutes(sources, columns)
  const view = (attributes: Record<string, AttributeValue>) => spanOf({ attributes }, columns)
  return {
    test: (attributes: Record<string, AttributeValue>) => routes.test(view(attributes)),
    of: (attributes: Record<string, AttributeValue>) => routes.of(view(attributes)),
  }
}

describe('createLlmRoutes', () => {
  it.each([
    ['/v1/chat/completions', true],
    ['/chat/completions', true],
    ['/openai/v1/chat/completions', true],
    ['/openai/chat/completions', true],
    ['/anthropic/v1/messages', true],
    ['/openai/deployments/gpt-4o/chat/completions', true],
    ['/engines/gpt-4o/embeddings', true],
    ['/v1/completions', true],
    ['/v1/embeddings', true],
    ['/v1/responses', true],
    ['/v1/messages', true],
    ['/v1beta/models/gemini-2.5-pro:generateContent', true],
    ['/v1beta/models/gemini-2.5-pro:streamGenerateContent', true],
    ['/v1/models', false],
    ['/v1/responses/resp_1', false],
    ['/api/messages', false],
    ['/v2/v1/chat/completions', false],
    ['/v1beta/models/gemini-2.5-pro:countTokens', false],
    [`/engines/${'x'.repeat(600)}/completions`, false],
  ])('%s: %s', (path, expected) => {
    const { test } = createTest()
    expect(test({ 'http.route': path })).toBe(expected)
    expect(test({ 'http.route': path })).toBe(expected)
  })

  it('takes the path of http.target without its query', () => {
    const { test, of } = createTest()
    expect(test({ 'http.target': '/v1/messages?beta=true' })).toBe(true)
    expect(of({ 'http.target': '/v1/messages?beta=true' })).toBe('/v1/messages')
  })

  it('is satisfied with any of the three attributes', () => {
    const attributes = { 'http.route': '/{path:path}', 'url.path': '/v1/chat/completions' }
    const { test, of } = createTest()
    expect(test(attributes)).toBe(true)
    expect(of(attributes)).toBe('/v1/chat/completions')
  })

  it('knows nothing of a span without a path', () => {
    const { test, of } = createTest()
    expect(test({})).toBeUndefined()
    expect(test({ 'http.route': '', 'url.path': 7 })).toBeUndefined()
    expect(of({})).toBeUndefined()
  })

  it('gives the template of another route, but never another path', () => {
    const { of } = createTest()
    expect(of({ 'http.route': '/users/{id}', 'url.path': '/users/alice' })).toBe('/users/{id}')
    expect(of({ 'url.path': '/users/alice' })).toBeUndefined()
  })

  it('takes other routes from the configuration', () => {
    const { test } = createTest(['^/ask$'])
    expect(test({ 'url.path': '/ask' })).toBe(true)
    expect(test({ 'url.path': '/v1/messages' })).toBe(false)
    expect(() => createTest(['('])).toThrow(SyntaxError)
  })

  it('stays right when more paths come than it remembers', () => {
    const { test } = createTest()
    for (let index = 0; index < 5000; index++) {
      expect(test({ 'url.path': `/users/${index}` })).toBe(false)
    }
    expect(test({ 'url.path': '/v1/messages' })).toBe(true)
    expect(test({ 'url.path': '/users/0' })).toBe(false)
  })
})
