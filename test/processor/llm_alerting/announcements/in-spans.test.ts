import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AttributeInput, encodeTraces, type SpanInput } from '../../../helpers/otlp.ts'
import { announcementRig, type PlainOpenRow, type RigOptions } from './rig.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const OPEN = '00000000000000aa'
const REAL_PARENT = '00000000000000bb'
const ZEROS = '0'.repeat(16)
const START = 1_000_000_000n

/** Consumes spans of one service; `counted` is what was told to the metrics. */
async function consumed(
  spans: readonly SpanInput[],
  options: RigOptions = {},
): Promise<{ rows: PlainOpenRow[]; counted: string[]; records: number; spans: number }> {
  const { consume, counted, submitted, seen } = announcementRig(options)
  const resource = { 'service.name': 'proxy', 'service.instance.id': 'i' }
  const body = encodeTraces([{ resource, scopes: [{ name: 'app', spans }] }])
  const rows = await consume('traces', 'protobuf', body)
  return { rows, counted, records: submitted[0]?.records.count ?? 0, spans: seen[0]!.spans }
}

/** An announcement as a span: a child of the open one. */
const child = (attributes: SpanInput['attributes'] = {}): SpanInput => ({
  traceId: TRACE,
  spanId: '0000000000000001',
  parentSpanId: OPEN,
  flags: 0x100,
  name: 'chat m',
  kind: 1,
  startUnixNano: START,
  endUnixNano: START,
  attributes,
})

const CHAT = { 'gen_ai.operation.name': 'chat' }
const OURS = { ...CHAT, 'span.lifecycle': 'open', 'logfire.span_type': 'pending_span' }
const CLOSED = { ...OURS, 'span.lifecycle': 'closed' }
const LOGFIRE = { ...CHAT, 'logfire.span_type': 'pending_span' }

describe('our announcement in a span', () => {
  it.each([
    ['the outermost request', { ...OURS, 'spanpager.request': true }, ['outermost']],
    [
      'the outermost, whatever it looks like',
      { 'span.lifecycle': 'open', 'spanpager.request': true },
      ['outermost'],
    ],
    ['no request', { ...OURS, 'spanpager.request': false }, []],
    ['a root', { ...OURS, 'logfire.pending_parent_id': ZEROS }, ['outermost']],
    [
      'a root, whatever is said of its parent',
      { ...OURS, 'logfire.pending_parent_id': ZEROS, 'span.parent_is_remote': false },
      ['outermost'],
    ],
    [
      'below a remote parent',
      { ...OURS, 'logfire.pending_parent_id': REAL_PARENT, 'span.parent_is_remote': true },
      ['outermost'],
    ],
    [
      'below a local parent',
      { ...OURS, 'logfire.pending_parent_id': REAL_PARENT, 'span.parent_is_remote': false },
      ['candidate'],
    ],
    [
      'below a parent of unknown place',
      { ...OURS, 'logfire.pending_parent_id': REAL_PARENT },
      ['candidate'],
    ],
    [
      'of kind SERVER below one of unknown place',
      { ...OURS, 'logfire.pending_parent_id': REAL_PARENT, 'span.kind': 'SERVER' },
      ['outermost'],
    ],
    ['without a word on its parent', OURS, ['candidate']],
    ['a remote parent without id', { ...OURS, 'span.parent_is_remote': true }, ['outermost']],
    ['something else', { 'span.lifecycle': 'open', 'logfire.pending_parent_id': ZEROS }, []],
  ])('of %s', async (_, attributes, expected) => {
    const { rows, counted, records } = await consumed([child(attributes)])
    expect(rows.map(({ outermost }) => (outermost ? 'outermost' : 'candidate'))).toEqual(expected)
    expect(counted).toEqual([expected.length === 0 ? 'span not_a_request' : 'span open'])
    expect(records).toBe(0)
  })

  it.each([
    [{}, 'ended', 'ok'],
    [{ 'span.close_reason': 'ended' }, 'ended', 'ok'],
    [{ 'span.status_code': 'OK', 'http.response.status_code': 500 }, 'ended', 'ok'],
    [{ 'span.status_code': 'ERROR' }, 'ended', 'failed'],
    [{ 'error.type': 'timeout' }, 'ended', 'failed'],
    [{ 'http.response.status_code': 503 }, 'ended', 'failed'],
    [{ 'http.response.status_code': 429 }, 'ended', 'failed'],
    [{ 'http.response.status_code': 401 }, 'ended', 'rejected'],
    [{ 'http.response.status_code': 400, 'span.kind': 'CLIENT' }, 'ended', 'failed'],
    [{ 'http.response.status_code': 499 }, 'ended', 'canceled'],
    [{ 'span.close_reason': 'shutdown', 'span.status_code': 'ERROR' }, 'gone', undefined],
    [{ 'span.close_reason': 'leaked' }, 'gone', undefined],
    [{ 'span.close_reason': 'dropped' }, 'gone', undefined],
    [{ 'span.close_reason': 'a reason of tomorrow' }, 'gone', undefined],
  ])('closes with %j', async (attributes, state, outcome) => {
    const { rows } = await consumed([child({ ...CLOSED, ...attributes })])
    expect(rows).toMatchObject([{ state, spanId: OPEN }])
    expect(rows[0]!.outcome).toBe(outcome)
  })

  it('closes with nothing but its ids, judged as far as that goes', async () => {
    const bare = { 'span.lifecycle': 'closed' }
    const failed = { ...bare, 'http.response.status_code': 503 }
    const { rows, counted } = await consumed([child(bare), child(failed)])
    expect(rows).toMatchObject([
      { outcome: 'ok', outermost: false },
      { outcome: 'failed', outermost: false, facts: { httpStatus: 503 } },
    ])
    expect(counted).toEqual(['span ended', 'span ended'])
  })

  it('takes the duration for the age of what ended, or its age where none is given', async () => {
    const { rows } = await consumed([
      child({ ...CLOSED, 'span.age_ms': 7000, 'span.duration_ms': 6999.5 }),
      child({ ...CLOSED, 'span.age_ms': 7000 }),
      child({ ...OURS, 'span.age_ms': 7000, 'span.duration_ms': 1 }),
    ])
    expect(rows.map(({ ageMs }) => ageMs)).toEqual([6999.5, 7000, 7000])
  })

  it('takes numbers as numbers and as text', async () => {
    const { rows } = await consumed([
      child({ ...OURS, 'span.age_ms': { double: 1500.25 }, 'span.heartbeat_ms': '10000' }),
      child({ ...OURS, 'span.age_ms': '0', 'span.start_time_unix_nano': 900_000_000 }),
      child({ ...OURS, 'span.start_time_unix_nano': '1767603600123456789' }),
    ])
    expect(rows).toMatchObject([
      { ageMs: 1500.25, heartbeatMs: 10_000, startUnixNano: '1000000000' },
      { ageMs: 0, startUnixNano: '900000000' },
      { startUnixNano: '1767603600123456789' },
    ])
  })

  it.each<[string, Record<string, AttributeInput>, string]>([
    ['another lifecycle', { 'span.lifecycle': 'paused' }, 'bad_lifecycle'],
    ['a lifecycle that is no text', { 'span.lifecycle': 1 }, 'bad_lifecycle'],
    ['a parent of 15 digits', { 'logfire.pending_parent_id': REAL_PARENT.slice(1) }, 'bad_ids'],
    ['a parent that is not hex', { 'logfire.pending_parent_id': 'g'.repeat(16) }, 'bad_ids'],
    ['an age that is no number', { 'span.age_ms': 'old' }, 'bad_number'],
    ['a negative age', { 'span.age_ms': -1 }, 'bad_number'],
    ['an endless age', { 'span.age_ms': Number.POSITIVE_INFINITY }, 'bad_number'],
    ['an age that is true', { 'span.age_ms': true }, 'bad_number'],
    ['a heartbeat that is no number', { 'span.heartbeat_ms': '10s' }, 'bad_number'],
    ['a negative progress age', { 'span.last_progress_age_ms': -5 }, 'bad_number'],
    ['a duration that is no number', { 'span.duration_ms': 'NaN' }, 'bad_number'],
    ['a start that is no number', { 'span.start_time_unix_nano': '2026-01-05' }, 'bad_number'],
    [
      'a start beyond 64 bits',
      { 'span.start_time_unix_nano': '18446744073709551616' },
      'bad_number',
    ],
  ])('is dropped and counted with %s', async (_, attributes, fault) => {
    const { rows, counted, records } = await consumed([child({ ...OURS, ...attributes })])
    expect({ rows, counted, records }).toEqual({ rows: [], counted: [`span ${fault}`], records: 0 })
  })

  it('is dropped without a parent, which is the open span', async () => {
    const { parentSpanId: _, ...orphan } = child(OURS)
    expect((await consumed([orphan])).counted).toEqual(['span bad_ids'])
  })

  it('never counts what the configuration ignores, whoever announces it', async () => {
    const match = [{ role: 'ignored' as const, name: 'health*' }, { name: 'chat*' }]
    const { counted } = await consumed(
      [
        {
          ...child({ ...OURS, 'logfire.pending_parent_id': ZEROS, 'spanpager.request': true }),
          name: 'health',
        },
        child({ ...OURS, 'logfire.pending_parent_id': ZEROS }),
      ],
      { match },
    )
    expect(counted).toEqual(['span not_a_request', 'span open'])
  })

  it('never throws, and always comes to something, whatever its attributes are', async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 24 }),
      fc.constantFrom(
        'open',
        'closed',
        'ended',
        'SERVER',
        'ERROR',
        'true',
        ZEROS,
        REAL_PARENT,
        '7',
      ),
      fc.integer(),
      fc.double({ noNaN: true }).map((double) => ({ double })),
      fc.boolean(),
      fc.constant(null),
      fc.constant(['a']),
    )
    const attributes = fc.record(
      Object.fromEntries(
        [
          'span.lifecycle',
          'span.kind',
          'span.parent_is_remote',
          'span.start_time_unix_nano',
          'span.age_ms',
          'span.heartbeat_ms',
          'span.last_progress_age_ms',
          'span.close_reason',
          'span.status_code',
          'span.duration_ms',
          'spanpager.boot_id',
          'spanpager.request',
          'logfire.pending_parent_id',
          'error.type',
          'http.response.status_code',
        ].map((key) => [key, value]),
      ),
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(attributes, async (random) => {
        const { rows, counted } = await consumed([child({ ...OURS, ...random })])
        expect(counted).toHaveLength(1)
        for (const { ageMs = 0, heartbeatMs = 0, progressAgeMs = 0 } of rows) {
          expect([ageMs, heartbeatMs, progressAgeMs].every((ms) => ms >= 0)).toBe(true)
        }
      }),
    )
  })
})

describe('an announcement of Logfire', () => {
  it.each([
    ['a root, in Python and TypeScript', { 'logfire.pending_parent_id': ZEROS }, 1, true],
    ['a root, in Rust', {}, 1, true],
    ['a child', { 'logfire.pending_parent_id': REAL_PARENT }, 1, false],
    ['a server below a remote caller', { 'logfire.pending_parent_id': REAL_PARENT }, 2, true],
  ])('of %s', async (_, attributes, kind, outermost) => {
    const { rows, counted } = await consumed([{ ...child({ ...LOGFIRE, ...attributes }), kind }])
    expect(rows).toMatchObject([
      { state: 'open', spanId: OPEN, outermost, startUnixNano: '1000000000' },
    ])
    expect(rows[0]).not.toHaveProperty('heartbeatMs')
    expect(rows[0]).not.toHaveProperty('ageMs')
    expect(counted).toEqual(['logfire open'])
  })

  it('has the name of its span, without the suffix of older versions', async () => {
    const attributes = { 'logfire.span_type': 'pending_span' }
    const { counted } = await consumed(
      [
        { ...child(attributes), name: 'ask (pending)' },
        { ...child(attributes), name: 'ask' },
        { ...child(attributes), name: 'pending' },
      ],
      { match: [{ name: 'ask' }] },
    )
    expect(counted).toEqual(['logfire open', 'logfire open', 'logfire not_a_request'])
  })

  it('is dropped with bad ids', async () => {
    const { parentSpanId: _, ...orphan } = child(LOGFIRE)
    const { counted } = await consumed([
      child({ ...LOGFIRE, 'logfire.pending_parent_id': 'x' }),
      orphan,
    ])
    expect(counted).toEqual(['logfire bad_ids', 'logfire bad_ids'])
  })

  it('is no announcement where the type is another', async () => {
    const { rows, counted, records } = await consumed([
      { ...child({ ...CHAT, 'logfire.span_type': 'span' }), endUnixNano: 2n * START },
      { ...child({ ...CHAT, 'logfire.span_type': 'log' }), spanId: '0000000000000002' },
    ])
    expect({ rows, counted, records }).toEqual({ rows: [], counted: [], records: 2 })
  })
})

/** A span under its own id. */
const span = (more: Partial<SpanInput>): SpanInput => ({
  traceId: TRACE,
  spanId: OPEN,
  name: 'chat m',
  kind: 3,
  startUnixNano: START,
  endUnixNano: 3n * START,
  attributes: CHAT,
  ...more,
})

describe('a span that is sent before it ended', () => {
  it.each<[string, Partial<SpanInput>, string | undefined, number | undefined]>([
    ['without an end', { endUnixNano: 0n }, 'unended open', undefined],
    ['without any time', { startUnixNano: 0n, endUnixNano: 0n }, 'unended open', undefined],
    ['with an end before its start', { endUnixNano: START - 1n }, 'unended open', undefined],
    [
      'with a status and an end before its start',
      { endUnixNano: START - 1n, statusCode: 2 },
      undefined,
      undefined,
    ],
    ['with a status and no end', { endUnixNano: 0n, statusCode: 2 }, 'unended open', undefined],
    ['that ended as it began', { endUnixNano: START }, undefined, undefined],
    [
      'of dd-trace, its first part',
      { attributes: { ...CHAT, '_dd.partial_version': 0 } },
      'datadog open',
      2000,
    ],
    [
      'of dd-trace, a later one',
      { attributes: { ...CHAT, '_dd.partial_version': { double: 3 } } },
      'datadog open',
      2000,
    ],
    [
      'of dd-trace, without a duration',
      { endUnixNano: START, attributes: { ...CHAT, '_dd.partial_version': 1 } },
      'datadog open',
      undefined,
    ],
    [
      'of dd-trace, the last',
      { attributes: { ...CHAT, '_dd.was_long_running': 1 } },
      undefined,
      undefined,
    ],
    [
      'of dd-trace, marked as whole',
      { attributes: { ...CHAT, '_dd.partial_version': -1 } },
      undefined,
      undefined,
    ],
    [
      'no request, without an end',
      { endUnixNano: 0n, attributes: {} },
      'unended not_a_request',
      undefined,
    ],
  ])('%s', async (_, more, counted, ageMs) => {
    const result = await consumed([span(more)])
    expect(result.counted).toEqual(counted === undefined ? [] : [counted])
    expect(result.records).toBe(counted === undefined ? 1 : 0)
    expect(result.spans).toBe(counted === undefined ? 1 : 0)
    if (counted?.endsWith('open') !== true) return
    expect(result.rows).toMatchObject([{ state: 'open', spanId: OPEN, outermost: true }])
    expect(result.rows[0]!.ageMs).toBe(ageMs)
  })

  it('does not lead from a candidate to its parent, nor wait for one', async () => {
    const spans = [
      { ...child(CHAT), endUnixNano: 2n * START },
      span({ endUnixNano: 0n, attributes: {} }),
    ]
    const { records } = await consumed(spans, { waitsFor: () => true })
    expect(records).toBe(1)
  })
})

describe('announcements beside ordinary spans', () => {
  it('leave these as they are, and are told to the watch as requests', async () => {
    const { consume, submitted, seen } = announcementRig()
    const spans = [
      span({}),
      child({ ...OURS, 'spanpager.request': true }),
      span({ attributes: {}, spanId: '00000000000000cc' }),
    ]
    const body = encodeTraces([{ resource: { 'service.name': 'proxy' }, scopes: [{ spans }] }])
    expect(await consume('traces', 'protobuf', body)).toHaveLength(1)
    expect(submitted[0]!.records.count).toBe(1)
    expect(seen).toEqual([{ service: 'proxy', spans: 2, requests: 2 }])
  })

  it('are of one announcer per process', async () => {
    const { consume, submitted } = announcementRig()
    const open = (boot: string, spanId: string) => ({
      ...child({ ...OURS, 'spanpager.boot_id': boot }),
      spanId,
    })
    const resources = ['i', 'j'].map((instance) => ({
      resource: { 'service.name': 'proxy', 'service.instance.id': instance },
      scopes: [
        {
          spans: [
            open('a', '0000000000000001'),
            open('b', '0000000000000002'),
            open('a', '0000000000000003'),
          ],
        },
      ],
    }))
    await consume('traces', 'protobuf', encodeTraces(resources))
    const { announcers, announcer } = submitted[0]!.opens!
    expect(announcers.map(({ instance, boot }) => instance + boot)).toEqual([
      'ia',
      'ib',
      'ja',
      'jb',
    ])
    expect([...announcer]).toEqual([0, 1, 0, 2, 3, 2])
  })
})
