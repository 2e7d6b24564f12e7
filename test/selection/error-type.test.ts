import { describe, expect, it } from 'vitest'
import { createErrorTypes, printableErrorType } from '../../src/selection/error-type.ts'

describe('createErrorTypes', () => {
  const types = createErrorTypes(['BadRequestError', 'context canceled'])

  it.each([
    ['BadRequestError', true],
    ['openai.BadRequestError', true],
    ['bad_request_error', true],
    ['context.Canceled', true],
    ['RateLimitError', false],
    ['', false],
    [`${'x'.repeat(200)}.BadRequestError`, false],
  ])('%s: %s', (errorType, expected) => {
    expect(types.has(errorType)).toBe(expected)
    expect(types.has(errorType)).toBe(expected)
  })

  it('stays right when more types come than it remembers', () => {
    for (let index = 0; index < 1500; index++) expect(types.has(`Error${index}`)).toBe(false)
    expect(types.has('BadRequestError')).toBe(true)
  })
})

describe('printableErrorType', () => {
  it.each([
    ['RateLimitError', 'RateLimitError'],
    ['litellm.exceptions.Timeout', 'litellm.exceptions.Timeout'],
    ['429', '429'],
    ['context deadline exceeded', 'context deadline exceeded'],
    ['Invalid value for "content": my secret', '_OTHER'],
    ['the model said no to you', '_OTHER'],
    ['two\nlines', '_OTHER'],
    ['x'.repeat(101), '_OTHER'],
  ])('%j is shown as %j', (errorType, expected) => {
    expect(printableErrorType(errorType)).toBe(expected)
  })
})
