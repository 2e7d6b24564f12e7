import { describe, expect, it } from 'vitest'
import { EVIDENCE } from '../../src/model/record.ts'
import { readWholeTraces, type OracleSpan } from './oracle.ts'

/** `id` or `id<parent` in front of what differs from an uneventful span. */
function span(id: string, role: OracleSpan['role'], more: Partial<OracleSpan> = {}): OracleSpan {
  const [spanId = '', parentSpanId] = id.split('<')
  return {
    traceId: 't',
    spanId,
    parentSpanId,
    role,
    outcome: 'ok',
    outcomeIfUpstream: 'ok',
    outcomeIfSigned: 'failed',
    evidence: 0,
    startNano: 0,
    endNano: 100,
    firstChunkNano: -1,
    group: [undefined],
    facts: {},
    ...more,
  }
}

function ids(...spans: OracleSpan[]): string[] {
  return readWholeTraces(spans).map(({ spanId }) => spanId)
}

describe('readWholeTraces', () => {
  it('counts a request once, with candidates and attempts below it folded in', () => {
    const root = span('a', 'request')
    expect(ids(root, root, span('b<a', 'candidate'), span('c<b', 'attempt'))).toEqual(['a'])
    expect(ids(root, span('l<a', 'link'), span('b<l', 'candidate'))).toEqual(['a'])
  })

  it('lets a candidate stand alone under an end or a lost parent, but no attempt', () => {
    expect(ids(span('e', 'end'), span('b<e', 'candidate'), span('c<e', 'attempt'))).toEqual(['b'])
    expect(ids(span('b<x', 'candidate'), span('c<x', 'attempt'))).toEqual(['b'])
    expect(ids(span('c<x', 'attempt'), span('b<c', 'candidate'))).toEqual([])
    expect(ids(span('s<x', 'sign'), span('b<s', 'candidate'))).toEqual(['b'])
  })

  it('counts nothing below a void', () => {
    expect(ids(span('v', 'void'), span('b<v', 'candidate'), span('c<b', 'candidate'))).toEqual([])
  })

  it('keeps traces apart', () => {
    expect(ids(span('a', 'request'), span('b<a', 'candidate', { traceId: 'u' }))).toEqual([
      'a',
      'b',
    ])
  })

  it('decides an unsure root by its sign', () => {
    const root = span('a', 'unsure', { outcomeIfSigned: 'rejected', outcomeIfUpstream: 'failed' })
    const attempt = span('b<a', 'attempt', { evidence: EVIDENCE.upstreamError })
    const sign = span('s<a', 'sign', { endNano: 120 })
    expect(readWholeTraces([root, attempt])).toMatchObject([{ outcome: 'ok', endNano: 100 }])
    expect(readWholeTraces([sign, root])).toMatchObject([{ outcome: 'rejected', endNano: 120 }])
    expect(readWholeTraces([sign, root, attempt])).toMatchObject([{ outcome: 'failed' }])
  })

  it('takes outcome, names and first chunk from below where the request has none', () => {
    const root = span('a', 'request', {
      outcome: 'rejected',
      outcomeIfUpstream: 'failed',
      startNano: 10,
      facts: { route: '/v1/messages', httpStatus: 400 },
    })
    const first = span('b<a', 'attempt', {
      outcome: 'failed',
      evidence: EVIDENCE.upstreamError,
      startNano: 20,
      endNano: 40,
      firstChunkNano: 10,
      group: ['red'],
      facts: { model: 'first', team: 'ops', errorType: 'BadRequestError', httpStatus: 404 },
    })
    const second = span('c<a', 'attempt', {
      evidence: EVIDENCE.stream,
      startNano: 50,
      endNano: 60,
      firstChunkNano: 1,
      group: ['blue'],
      facts: { model: 'second', errorType: 'Ignored' },
    })
    expect(readWholeTraces([second, first, root])).toEqual([
      {
        traceId: 't',
        spanId: 'a',
        outcome: 'failed',
        startNano: 10,
        endNano: 100,
        firstChunkNano: 20,
        stream: true,
        group: ['blue'],
        facts: {
          route: '/v1/messages',
          httpStatus: 400,
          model: 'second',
          team: 'ops',
          errorType: 'BadRequestError',
        },
      },
    ])
  })

  it('breaks ties by the greater span id', () => {
    const spans = ['b<a', 'c<a'].map((id) => span(id, 'attempt', { facts: { model: id } }))
    expect(readWholeTraces([span('a', 'request'), ...spans])[0]?.facts.model).toBe('c<a')
  })

  it('refuses cycles', () => {
    expect(() => ids(span('a<b', 'candidate'), span('b<a', 'link'))).toThrow('its own ancestor')
  })
})
