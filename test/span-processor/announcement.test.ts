import { describe, expect, it } from 'vitest'
import { createAnnouncements } from '../../src/span-processor/announcement.ts'
import { trackedSpan } from './tracked-span.ts'

const announcements = createAnnouncements({
  bootId: 'boot',
  heartbeatMs: 10_000,
  attributes: ['tenant.id'],
})

describe('an announcement', () => {
  it('of an open span is a full record', () => {
    const tracked = trackedSpan({
      parent: 'remote',
      startedMs: 100,
      span: { kind: 2, attributes: { 'gen_ai.request.model': 'gpt-4o', 'tenant.id': ['a', 'b'] } },
    })
    expect(announcements.open(tracked, 3, 7100.4).attributes).toEqual({
      'span.lifecycle': 'open',
      'span.kind': 'CLIENT',
      'span.parent_is_remote': true,
      'span.start_time_unix_nano': '1700000000123456789',
      'span.age_ms': 7000,
      'span.seq': 3,
      'span.heartbeat_ms': 10_000,
      'spanpager.boot_id': 'boot',
      'spanpager.request': true,
      'gen_ai.request.model': 'gpt-4o',
      'tenant.id': ['a', 'b'],
    })
  })

  it('carries no other attribute, and cuts long values', () => {
    const tracked = trackedSpan({
      span: {
        attributes: {
          'gen_ai.request.model': 'm'.repeat(500),
          'gen_ai.prompt': 'secret',
          'user.email': 'a@b.c',
          'http.route': { not: 'a value' },
        },
      },
    })
    const { attributes } = announcements.open(tracked, 1, 0)
    expect(attributes['gen_ai.request.model']).toBe('m'.repeat(200))
    expect(Object.keys(attributes)).toHaveLength(10)
  })

  it('does not cut a character in two', () => {
    const model = `${'m'.repeat(199)}😀`
    const tracked = trackedSpan({ span: { attributes: { 'gen_ai.request.model': model } } })
    const { attributes } = announcements.open(tracked, 1, 0)
    expect(attributes['gen_ai.request.model']).toBe('m'.repeat(199))
  })

  it('takes the chunk events of instrumentations for progress', () => {
    const tracked = trackedSpan({
      startedMs: 1000,
      span: {
        events: [
          { name: 'ai.stream.firstChunk', time: [1_700_000_002, 123_456_789] },
          { name: 'something else', time: [1_700_000_009, 0] },
        ],
      },
    })
    const { attributes } = announcements.open(tracked, 1, 6000)
    expect(attributes['span.last_progress_age_ms']).toBe(3000)
    expect(attributes['gen_ai.response.time_to_first_chunk']).toBeCloseTo(2, 3)
  })

  it('leaves the time to the first chunk as the span has it', () => {
    const tracked = trackedSpan({
      progress: { firstMs: 4000, lastMs: 5000 },
      span: { attributes: { 'gen_ai.response.time_to_first_chunk': 0.5 } },
    })
    expect(announcements.open(tracked, 1, 6000).attributes).toMatchObject({
      'gen_ai.response.time_to_first_chunk': 0.5,
      'span.last_progress_age_ms': 1000,
    })
  })

  it.each([
    [{ 'error.type': '429' }, 2, '429'],
    [{ 'error.type': 'He said: "my secret prompt"' }, 2, '_OTHER'],
    [{}, 0, undefined],
  ])('of an end with %j has error.type %s %s', (attributes, code, errorType) => {
    const tracked = trackedSpan({ span: { attributes, status: { code }, duration: [2, 5e6] } })
    const closed = announcements.closed(tracked, 2, 0, 'ended').attributes
    expect(closed['error.type']).toBe(errorType)
    expect(closed['span.duration_ms']).toBe(2005)
    expect(closed['span.status_code']).toBe(code === 2 ? 'ERROR' : 'UNSET')
  })

  it('takes the type of an exception where the span erred and says no more', () => {
    const events = [
      {
        name: 'exception',
        time: [0, 0] as const,
        attributes: { 'exception.type': 'TimeoutError' },
      },
    ]
    const erred = trackedSpan({ span: { events, status: { code: 2 } } })
    const recovered = trackedSpan({ span: { events } })
    expect(announcements.closed(erred, 2, 0, 'ended').attributes['error.type']).toBe('TimeoutError')
    expect(announcements.closed(recovered, 2, 0, 'ended').attributes['error.type']).toBeUndefined()
  })

  it('of what is not watched any more says nothing of an end', () => {
    const { attributes } = announcements.closed(trackedSpan(), 2, 0, 'shutdown')
    expect(attributes['span.close_reason']).toBe('shutdown')
    expect(attributes['span.status_code']).toBeUndefined()
  })
})
