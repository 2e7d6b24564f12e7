import { describe, expect, it } from 'vitest'
import { EVIDENCE } from '../../src/model/record.ts'
import type { AttributeValue } from '../../src/model/span.ts'
import { DEFAULT_OUTCOMES } from '../../src/selection/outcome.ts'
import { createReader, type PlainSpan } from './plain-span.ts'

const read = createReader({ preset: 'genai', groupKeys: ['service.name'] })

const CALL: PlainSpan = { kind: 'client', attributes: { 'gen_ai.operation.name': 'chat' } }

function call(attributes: Record<string, AttributeValue>, more: PlainSpan = {}) {
  return read({ ...CALL, ...more, attributes: { ...CALL.attributes, ...attributes } })
}

describe('evidence', () => {
  it('is an error of a CLIENT span', () => {
    expect(call({}, { status: 'error' }).evidence).toBe(EVIDENCE.upstreamError)
  })

  it('is the name of the provider on an error', () => {
    const named = { 'gen_ai.provider.name': 'openai' }
    expect(call(named, { kind: 'internal', status: 'error' }).evidence).toBe(EVIDENCE.upstreamError)
    expect(call({ 'gen_ai.system': '' }, { kind: 'internal', status: 'error' }).evidence).toBe(0)
    expect(call({}, { kind: 'internal', status: 'error' }).evidence).toBe(0)
  })

  it('is none where nothing erred, or the client left', () => {
    expect(call({}).evidence).toBe(0)
    expect(call({}, { status: 'ok' }).evidence).toBe(0)
    expect(call({ 'http.response.status_code': 400 }, { status: 'ok' }).evidence).toBe(0)
    expect(call({ 'error.type': 'CancelledError' }, { status: 'error' }).evidence).toBe(0)
  })

  it('turns a 4xx into a failure, unless providers 4xx are rejected', () => {
    const rejecting = createReader({
      preset: 'generic_http',
      outcomes: { ...DEFAULT_OUTCOMES, upstream4xx: 'rejected' },
    })
    const failing = createReader({ preset: 'generic_http' })
    const gate: PlainSpan = {
      kind: 'server',
      attributes: { 'http.route': '/v1/messages', 'http.response.status_code': 400 },
    }
    expect(failing(gate)).toMatchObject({ outcome: 'rejected', outcomeIfUpstream: 'failed' })
    expect(rejecting(gate)).toMatchObject({ outcome: 'rejected', outcomeIfUpstream: 'rejected' })
  })

  it.each([
    [true, EVIDENCE.stream],
    ['True', EVIDENCE.stream],
    ['true', EVIDENCE.stream],
    ['False', 0],
    [false, 0],
  ])('of a stream: %j', (value, expected) => {
    expect(call({ 'gen_ai.request.stream': value }).evidence).toBe(expected)
  })

  it('of a stream is the time of its first chunk', () => {
    expect(call({ 'gen_ai.response.time_to_first_chunk': 0.5 }).evidence).toBe(EVIDENCE.stream)
    expect(call({ 'gen_ai.response.time_to_first_chunk': 0 }).evidence).toBe(0)
  })
})

describe('the time to the first chunk', () => {
  it.each<[AttributeValue, number]>([
    [1.245633840560913, 1_245_633_841],
    [0, 0],
    ['0.25', 250_000_000],
    [-1, -1],
    [Number.NaN, -1],
    [1e300, -1],
    ['soon', -1],
    ['', -1],
    [true, -1],
  ])('of %j s is %d ns', (value, expected) => {
    expect(call({ 'gen_ai.response.time_to_first_chunk': value }).firstChunkNano).toBe(expected)
  })

  it('is unknown without the attribute', () => {
    expect(call({}).firstChunkNano).toBe(-1)
  })
})

describe('the HTTP status', () => {
  it.each<[Record<string, AttributeValue>, number | undefined]>([
    [{ 'http.response.status_code': 503 }, 503],
    [{ 'http.response.status_code': '503' }, 503],
    [{ 'http.status_code': 404 }, 404],
    [{ 'error.code': '401' }, 401],
    [{ 'error.code': 'missing_required_parameter', 'error.type': '400' }, 400],
    [{ 'http.response.status_code': 503, 'error.code': 400 }, 503],
    [{ 'error.code': 17 }, undefined],
    [{ 'error.code': 600 }, undefined],
    [{ 'error.code': 400.5 }, undefined],
    [{ 'error.code': true }, undefined],
    [{ 'error.type': 'BadRequestError' }, undefined],
  ])('of %j is %s', (attributes, expected) => {
    expect(call(attributes).facts?.httpStatus).toBe(expected)
  })
})

describe('the error type', () => {
  it('is the attribute, else the exception of a span that erred', () => {
    const exception: PlainSpan = { exceptionType: 'openai.RateLimitError' }
    expect(call({ 'error.type': 'Timeout' }, exception).facts?.errorType).toBe('Timeout')
    expect(call({}, { ...exception, status: 'error' }).facts?.errorType).toBe(
      'openai.RateLimitError',
    )
    expect(call({ 'http.status_code': 500 }, exception).facts?.errorType).toBe(
      'openai.RateLimitError',
    )
  })

  it('is not an exception that was dealt with', () => {
    expect(call({}, { exceptionType: 'CacheMiss' })).toMatchObject({ outcome: 'ok', facts: {} })
  })

  it('is not a redirect', () => {
    expect(call({ 'error.type': '302' })).toMatchObject({
      outcome: 'ok',
      facts: { httpStatus: 302 },
    })
  })

  it('is the exception where the attribute only wraps it', () => {
    const wrapped = createReader({ preset: 'litellm' })
    const root = (exceptionType: string) =>
      wrapped({
        kind: 'server',
        scope: 'opentelemetry.instrumentation.fastapi',
        status: 'error',
        exceptionType,
        attributes: { 'http.route': '/v1/messages', 'error.type': 'ProxyException' },
      }).facts?.errorType
    expect(root('RateLimitError')).toBe('RateLimitError')
    expect(root('litellm.proxy._types.ProxyException')).toBe('ProxyException')
  })

  it('stands for a client error where there is no HTTP status', () => {
    const gateway = createReader({ preset: 'generic_http' })
    const root = (errorType: string) =>
      gateway({
        kind: 'server',
        status: 'error',
        attributes: { 'http.route': '/v1/messages', 'error.type': errorType },
      }).outcome
    expect(root('openai.NotFoundError')).toBe('rejected')
    expect(root('openai.RateLimitError')).toBe('failed')
  })
})

describe('facts', () => {
  it('hold names only, and none that is empty', () => {
    expect(
      call({
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.system': '',
        'gen_ai.input.messages': 'secret',
        'user.email': 'a@example.org',
      }).facts,
    ).toEqual({ model: 'gpt-4o', operation: 'chat' })
  })

  it('are cut to 200 characters, never in the middle of one', () => {
    expect(call({ 'gen_ai.request.model': 'm'.repeat(500) }).facts?.model).toBe('m'.repeat(200))
    const smileys = `x${'😀'.repeat(200)}`
    expect(call({ 'gen_ai.request.model': smileys }).facts?.model).toBe(`x${'😀'.repeat(99)}`)
  })
})

describe('a request that ended in time', () => {
  const inTime = createReader({ preset: 'genai', groupKeys: ['service.name'], slow: false })
  const resource = { 'service.name': 'shop' }
  const attributes = { ...CALL.attributes, 'gen_ai.response.time_to_first_chunk': 0.5 }

  it('and ok has all but facts', () => {
    const span: PlainSpan = { ...CALL, attributes, resource }
    expect(inTime(span)).toEqual({
      is: 'request genai',
      outcome: 'ok',
      outcomeIfUpstream: 'ok',
      outcomeIfSigned: 'ok',
      evidence: EVIDENCE.stream,
      firstChunkNano: 5e8,
      facts: {},
      group: ['shop'],
    })
  })

  it('and failed, or is a candidate, has facts too', () => {
    for (const span of [
      { ...CALL, resource, status: 'error' },
      { ...CALL, resource, parent: 'local' },
    ] satisfies PlainSpan[]) {
      expect(inTime(span)).toEqual(read(span))
      expect(inTime(span).facts).toMatchObject({ operation: 'chat' })
    }
  })
})
