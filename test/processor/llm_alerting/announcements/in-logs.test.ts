import { describe, expect, it } from 'vitest'
import {
  type AttributesInput,
  encodeTraces,
  type SpanInput,
  toJson,
} from '../../../helpers/otlp.ts'
import { encodeLogs, type LogInput } from '../../../helpers/otlp-logs.ts'
import { announcementRig, type PlainOpenRow } from './rig.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const OPEN = '00000000000000aa'
const ZEROS = '0'.repeat(16)
const START = 1_000_000_000n
const CHAT = { 'gen_ai.operation.name': 'chat' }

async function consumed(
  logs: readonly LogInput[],
  resource: AttributesInput = { 'service.name': 'proxy' },
): Promise<{ rows: PlainOpenRow[]; counted: string[]; seen: unknown[] }> {
  const { consume, counted, seen } = announcementRig()
  const rows = await consume('logs', 'protobuf', encodeLogs([{ resource, scopes: [{ logs }] }]))
  return { rows, counted, seen }
}

describe('our announcement in a log record', () => {
  const log = (attributes: AttributesInput, eventName = 'span.open'): LogInput => ({
    traceId: TRACE,
    spanId: OPEN,
    eventName,
    attributes: { 'span.name': 'chat m', ...CHAT, ...attributes },
  })

  it.each([
    ['the outermost request', { 'spanpager.request': true }, true],
    ['a root', { 'span.parent_span_id': ZEROS }, true],
    ['a root, as in spans', { 'logfire.pending_parent_id': ZEROS }, true],
    ['a span without a word on its parent', {}, false],
    ['a span below a remote parent', { 'span.parent_is_remote': true }, true],
  ])('of %s', async (_, attributes, outermost) => {
    const { rows, counted, seen } = await consumed([log(attributes)])
    expect(rows).toMatchObject([{ state: 'open', traceId: TRACE, spanId: OPEN, outermost }])
    expect(counted).toEqual(['log open'])
    expect(seen).toEqual([{ service: 'proxy', spans: 0, requests: 1 }])
  })

  it('names the real parent', async () => {
    const { rows } = await consumed([log({ 'span.parent_span_id': '00000000000000bb' })])
    expect(rows).toMatchObject([{ parentSpanId: '00000000000000bb' }])
  })

  it('ends or goes as it says, with ids alone where there is no more', async () => {
    const { rows, counted } = await consumed([
      log({ 'span.status_code': 'ERROR' }, 'span.closed'),
      log({ 'span.close_reason': 'leaked' }, 'span.closed'),
      { traceId: TRACE, spanId: OPEN, eventName: 'span.closed' },
    ])
    expect(rows.map(({ state, outcome }) => [state, outcome])).toEqual([
      ['ended', 'failed'],
      ['gone', undefined],
      ['ended', 'ok'],
    ])
    expect(counted).toEqual(['log ended', 'log gone', 'log ended'])
  })

  it.each([
    ['a lifecycle that is not that of the event', { 'span.lifecycle': 'closed' }, 'bad_lifecycle'],
    ['a parent that is no id', { 'span.parent_span_id': 'aa' }, 'bad_ids'],
    ['an age that is no number', { 'span.age_ms': 'x' }, 'bad_number'],
  ])('is dropped and counted with %s', async (_, attributes, fault) => {
    expect(await consumed([log(attributes)])).toEqual({
      rows: [],
      counted: [`log ${fault}`],
      seen: [],
    })
  })

  it('is none where it says so, or where it is about something else', async () => {
    const nothing = { traceId: TRACE, spanId: OPEN, eventName: 'span.open' }
    const { rows, counted } = await consumed([log({ 'spanpager.request': false }), nothing])
    expect(rows).toEqual([])
    expect(counted).toEqual(['log not_a_request', 'log not_a_request'])
  })
})

describe('a partial span', () => {
  const span: SpanInput = {
    traceId: TRACE,
    spanId: OPEN,
    name: 'chat m',
    kind: 3,
    startUnixNano: START,
    attributes: CHAT,
  }
  const bodyOf = (more: Partial<SpanInput> = {}, resource: AttributesInput = {}): string =>
    toJson([{ resource, scopes: [{ spans: [{ ...span, ...more }] }] }])
  const record = (
    attributes: AttributesInput,
    body: LogInput['body'],
    ids: Pick<LogInput, 'traceId' | 'spanId'> = { traceId: TRACE, spanId: OPEN },
  ): LogInput => ({
    ...ids,
    timeUnixNano: 3n * START,
    attributes: { 'partial.event': 'heartbeat', 'partial.frequency': '5000ms', ...attributes },
    ...(body !== undefined && { body }),
  })

  it('is open, as old as its record is after its start, and due again after its frequency', async () => {
    const { rows, counted } = await consumed([record({}, bodyOf())])
    expect(rows).toMatchObject([
      { state: 'open', spanId: OPEN, outermost: true, ageMs: 2000, heartbeatMs: 5000 },
    ])
    expect(counted).toEqual(['partial_span open'])
  })

  it.each<[string, Partial<LogInput>, Partial<SpanInput>]>([
    ['a record without a time', { timeUnixNano: 0n }, {}],
    ['a record before the start', { timeUnixNano: START - 1n }, {}],
    ['a span without a start', {}, { startUnixNano: 0n }],
  ])('has no age with %s', async (_, ofRecord, ofSpan) => {
    const { rows } = await consumed([{ ...record({}, bodyOf(ofSpan)), ...ofRecord }])
    expect(rows).toHaveLength(1)
    expect(rows[0]).not.toHaveProperty('ageMs')
  })

  it('may be logged without ids: those of the body count', async () => {
    const { rows } = await consumed([record({}, bodyOf(), {})])
    expect(rows).toMatchObject([{ traceId: TRACE, spanId: OPEN }])
  })

  it('is of the service that its body names, else of that of the record', async () => {
    const inBody = bodyOf({}, { 'service.name': 'inner', 'service.instance.id': 'i' })
    const { rows } = await consumed([record({}, inBody), record({}, bodyOf())])
    expect(rows).toMatchObject([
      { announcer: { service: 'inner', instance: 'i', boot: '' }, group: ['inner', null] },
      { announcer: { service: 'proxy', instance: '', boot: '' }, group: ['proxy', null] },
    ])
  })

  it.each([
    ['"SPAN_KIND_SERVER"', 'http.route', true],
    ['"SPAN_KIND_CLIENT"', 'http.route', false],
    ['"SPAN_KIND_OF_TOMORROW"', 'http.route', false],
    ['2', 'http.route', true],
  ])('has a kind by name or number: %s', async (kind, key, isRequest) => {
    const body = bodyOf({ kind: 4, attributes: { [key]: '/v1/chat/completions' } })
    const { counted } = await consumed([record({}, body.replace('"kind":4', `"kind": ${kind}`))])
    expect(counted).toEqual([`partial_span ${isRequest ? 'open' : 'not_a_request'}`])
  })

  it('keeps texts that look like enums', async () => {
    const model = '{"kind":"SPAN_KIND_SERVER"}'
    const attributes = { ...CHAT, 'gen_ai.request.model': model }
    const { rows } = await consumed([record({}, bodyOf({ attributes }))])
    expect(rows[0]!.group).toEqual(['proxy', model])
  })

  it('comes as protobuf in base64, too', async () => {
    const body = Buffer.from(encodeTraces([{ scopes: [{ spans: [span] }] }])).toString('base64')
    const { rows } = await consumed([record({}, body)])
    expect(rows).toMatchObject([{ state: 'open', spanId: OPEN, ageMs: 2000 }])
  })

  const stop = { 'partial.event': 'stop', 'partial.frequency': '' }

  it('ends with the outcome that its body tells', async () => {
    const ended = { endUnixNano: 5n * START }
    const body = bodyOf({ ...ended, statusCode: 2 })
    const { rows, counted } = await consumed([
      record(stop, bodyOf(ended)),
      record(stop, body),
      record(stop, body.replace('"code":2', '"code":"STATUS_CODE_ERROR"')),
      record(stop, body.replace('"code":2', '"code":"STATUS_CODE_OK"')),
    ])
    expect(rows.map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'failed', 'ok'])
    expect(rows[0]).toMatchObject({ state: 'ended', ageMs: 4000 })
    expect(rows[0]).not.toHaveProperty('heartbeatMs')
    expect(counted).toEqual(Array.from({ length: 4 }, () => 'partial_span ended'))
  })

  it.each([
    ['whose body has no end', bodyOf()],
    ['whose body ends before it starts', bodyOf({ endUnixNano: START - 1n })],
    ['without a body', undefined],
    ['whose body is no span', '{'],
    ['whose body has no span', '{}'],
  ])('is gone, as nobody says how it ended, with a stop %s', async (_, body) => {
    const { rows, counted } = await consumed([record(stop, body)])
    expect(rows).toMatchObject([{ state: 'gone', traceId: TRACE, spanId: OPEN }])
    expect(counted).toEqual(['partial_span gone'])
  })

  it.each<[string, LogInput, string]>([
    ['an event that is none', record({ 'partial.event': 'pause' }, bodyOf()), 'bad_lifecycle'],
    ['a frequency that is none', record({ 'partial.frequency': 'often' }, bodyOf()), 'bad_number'],
    ['a frequency that is a number', record({ 'partial.frequency': 5000 }, bodyOf()), 'bad_number'],
    ['no body', record({}, undefined), 'bad_body'],
    ['a body that is no JSON', record({}, '{"resourceSpans":['), 'bad_body'],
    ['a body that is no protobuf', record({}, '////'), 'bad_body'],
    ['a body that is no text', record({}, 7), 'bad_body'],
    ['a body whose span has bad ids', record({}, bodyOf({ spanId: 'aa' })), 'bad_ids'],
    ['a stop without any ids', record(stop, undefined, {}), 'bad_ids'],
  ])('is dropped and counted with %s', async (_, log, fault) => {
    expect(await consumed([log])).toEqual({
      rows: [],
      counted: [`partial_span ${fault}`],
      seen: [],
    })
  })

  it('is none where its span is about something else', async () => {
    const { rows, counted } = await consumed([record({}, bodyOf({ attributes: {} }))])
    expect(rows).toEqual([])
    expect(counted).toEqual(['partial_span not_a_request'])
  })
})
