import { describe, expect, it } from 'vitest'
import { RECORD_ROLES } from '../../../src/model/record.ts'
import { encodeTraces, type SpanInput } from '../../helpers/otlp.ts'
import { announcementRig, type RigOptions } from './announcements/rig.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const LOCAL = 0x100
const REMOTE = 0x300

const span = (spanId: string, more: Partial<SpanInput> = {}): SpanInput => ({
  traceId: TRACE,
  spanId: spanId.padStart(16, '0'),
  parentSpanId: 'f'.padStart(16, '0'),
  flags: LOCAL,
  name: 'auth',
  kind: 1,
  startUnixNano: 1_000_000_000n,
  endUnixNano: 1_500_000_000n,
  ...more,
})

async function consumed(spans: readonly SpanInput[], options: RigOptions = { inferOpen: true }) {
  const { consume, submitted } = announcementRig(options)
  const resource = { 'service.name': 'llm-proxy', 'service.instance.id': 'i' }
  const body = encodeTraces([{ resource, scopes: [{ name: 'proxy.server', spans }] }])
  await consume('traces', 'protobuf', body)
  return submitted[0]
}

describe('children, for the inference of open requests', () => {
  it('are spans whose parent is said to be local', async () => {
    const { parentSpanId: _, ...root } = span('4')
    const arrived = await consumed([
      span('1'),
      span('2', { flags: REMOTE }),
      span('3', { flags: 0 }),
      root,
      span('5', { name: 'redis' }),
      span('6'),
    ])
    const { count, ids, kinds, kind, durationNano, endUnixNano, producers, producer } =
      arrived!.children!
    expect(count).toBe(3)
    expect([ids[5], ids[13], ids[21], ids[7]]).toEqual([1, 5, 6, 15])
    expect([...kind].map((at) => kinds[at])).toEqual([
      { scope: 'proxy.server', name: 'auth' },
      { scope: 'proxy.server', name: 'redis' },
      { scope: 'proxy.server', name: 'auth' },
    ])
    expect(kinds).toHaveLength(2)
    expect([durationNano[0], endUnixNano[0]]).toEqual([5e8, 1_500_000_000n])
    expect(producers[producer[2]!]).toEqual({ service: 'llm-proxy', instance: 'i' })
  })

  it('have the group and the facts of the request, as far as they know them', async () => {
    const attributes = {
      'gen_ai.request.model': 'm',
      'error.type': 'timeout',
      'http.response.status_code': 504,
    }
    const arrived = await consumed([span('1'), span('2', { attributes })])
    const { groups, group, facts, fact } = arrived!.children!
    expect([...group].map((at) => groups[at])).toEqual([
      ['llm-proxy', undefined],
      ['llm-proxy', 'm'],
    ])
    expect([...fact].map((at) => facts[at])).toEqual([{}, { model: 'm' }])
  })

  it.each([
    { 'gen_ai.operation.name': 'invoke_agent' },
    { 'gen_ai.operation.name': 'execute_tool' },
    { 'openinference.span.kind': 'CHAIN' },
    { 'traceloop.span.kind': 'workflow' },
  ])('are not agents and workflows, which may take long: %j', async (attributes) => {
    expect(await consumed([span('1', { attributes })])).toBeUndefined()
  })

  it('are no announcements of their parents', async () => {
    const arrived = await consumed([
      span('1', {
        attributes: { 'logfire.span_type': 'pending_span' },
        endUnixNano: 1_000_000_000n,
      }),
      span('2', { attributes: { 'span.lifecycle': 'closed' } }),
      span('3', { endUnixNano: 0n }),
    ])
    expect(arrived?.children).toBeUndefined()
  })

  it('stand beside the records that the same spans become', async () => {
    const attributes = { 'gen_ai.operation.name': 'chat' }
    const arrived = await consumed([span('1', { attributes }), span('2')], {
      inferOpen: true,
      waitsFor: () => true,
    })
    const { role, count } = arrived!.records
    expect(Array.from(role.subarray(0, count), (at) => RECORD_ROLES[at])).toEqual([
      'candidate',
      'link',
    ])
    expect(arrived!.children!.count).toBe(2)
  })

  it('are left out unless they are asked for', async () => {
    expect(await consumed([span('1')], {})).toBeUndefined()
  })
})
