import { describe, expect, it } from 'vitest'
import type { AttemptResult } from '../../src/model/component.ts'
import type { ServiceEvents, Telemetry } from '../../src/model/telemetry.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'
import { firing, resolved, rolledUpFiring } from './readings.ts'

interface Line {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** A telemetry whose lines can be read, and whose clock can be turned. */
function listen(): {
  telemetry: Telemetry
  service: ServiceEvents
  lines: Line[]
  text: () => string
  pass: (ms: number) => void
} {
  let nowMs = Date.UTC(2026, 10, 25, 12)
  const written: string[] = []
  const lines: Line[] = []
  const { telemetry, service } = createTelemetry({
    level: 'debug',
    encoding: 'json',
    write(line) {
      written.push(line)
      lines.push(JSON.parse(line))
    },
    now: () => nowMs,
    metrics: [],
  })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { telemetry, service, lines, text: () => written.join(''), pass }
}

const episodeFields = {
  rule: 'failures',
  group: { 'service.name': 'litellm-proxy' },
  dedup_key: 'spanpager/failures/litellm-proxy',
}

describe('each event is one line at the level of its consequence', () => {
  type Events = Telemetry & { service: ServiceEvents }
  const table: [string, (events: Events) => void, string, RegExp, Record<string, unknown>][] = [
    [
      'starting',
      ({ service }) => service.starting('1.2.3'),
      'info',
      /^starting spanpager$/,
      { version: '1.2.3' },
    ],
    [
      'started',
      ({ service }) => service.started({ state: 'in memory' }),
      'info',
      /^ready/,
      { state: 'in memory' },
    ],
    [
      'listening',
      ({ service }) => service.listening('health_check', '127.0.0.1:1'),
      'info',
      /^listening$/,
      { component: 'health_check', address: '127.0.0.1:1' },
    ],
    [
      'listening to this machine only',
      ({ service }) =>
        service.localOnly([
          { key: 'receivers.otlp.protocols.grpc.endpoint', open: '0.0.0.0:4317' },
          { key: 'receivers.otlp.protocols.http.endpoint', open: '0.0.0.0:4318' },
        ]),
      'info',
      /^only this machine can send .* set \S+grpc\.endpoint to 0\.0\.0\.0:4317, \S+http\.endpoint to 0\.0\.0\.0:4318$/,
      {},
    ],
    [
      'configuration warning',
      ({ service }) => service.configurationWarning('exporters.debug is not used'),
      'warn',
      /^configuration: exporters\.debug is not used$/,
      {},
    ],
    [
      'reload refused',
      ({ service }) => service.reloadRefused(['a', 'b']),
      'error',
      /old one stays/,
      { faults: ['a', 'b'] },
    ],
    ['reloaded', ({ service }) => service.reloaded(), 'info', /in force/, {}],
    ['reload ignored', ({ service }) => service.reloadIgnored(), 'warn', /at the start only/, {}],
    [
      'a fault of a component',
      ({ service }) => service.broke('health_check', new TypeError('tell me a secret')),
      'error',
      /fault in spanpager/,
      { component: 'health_check', error: { name: 'TypeError', at: expect.any(Array) } },
    ],
    [
      'stopping',
      ({ service }) => service.stopping('SIGTERM'),
      'info',
      /^stopping$/,
      { reason: 'SIGTERM' },
    ],
    [
      'stop failed',
      ({ service }) => service.stopFailed('otlp', new Error('x')),
      'error',
      /did not stop/,
      { component: 'otlp', error: { name: 'Error', message: 'x' } },
    ],
    ['stopped', ({ service }) => service.stopped(), 'info', /^stopped$/, {}],
    [
      'receiver listening',
      ({ receiver }) => receiver.listening('otlp', 'grpc', '[::1]:4317', ['traces']),
      'info',
      /^listening$/,
      { component: 'otlp', transport: 'grpc', address: '[::1]:4317' },
    ],
    [
      'undecodable request',
      ({ receiver }) => receiver.failed('otlp', 'http', 'invalid_argument'),
      'warn',
      /could not be decoded/,
      { receiver: 'otlp', transport: 'http', code: 'invalid_argument' },
    ],
    [
      'large request',
      ({ receiver }) => receiver.failed('otlp', 'http', 'too_large'),
      'warn',
      /size limit/,
      {},
    ],
    [
      'overload',
      ({ receiver }) => receiver.failed('otlp', 'http', 'unavailable'),
      'warn',
      /refused for now/,
      {},
    ],
    [
      'no credentials',
      ({ receiver }) => receiver.failed('otlp', 'http', 'unauthenticated'),
      'warn',
      /credentials/,
      {},
    ],
    [
      'what is not served',
      ({ receiver }) => receiver.failed('otlp', 'http', 'unimplemented'),
      'debug',
      /not served/,
      {},
    ],
    [
      'a fault of ours',
      ({ receiver }) => receiver.broke('otlp', 'grpc', new TypeError('x')),
      'error',
      /fault in spanpager/,
      { error: expect.objectContaining({ name: 'TypeError' }) },
    ],
    [
      'nothing recognised',
      ({ processor }) => processor.nothingRecognised('llm_alerting', 'shop', 1000, 'litellm'),
      'warn',
      /no LLM request recognised.*"litellm".*processors\.llm_alerting\.requests/,
      { service: 'shop', spans: 1000, preset: 'litellm' },
    ],
    [
      'slow clock',
      ({ processor }) => processor.clockOff('llm_alerting', 'shop', 'late', 320_000),
      'warn',
      /late.*clock is slow/,
      { service: 'shop', off_seconds: 320 },
    ],
    [
      'fast clock',
      ({ processor }) => processor.clockOff('llm_alerting', 'shop', 'ahead', 5000),
      'warn',
      /future.*clock is fast/,
      { service: 'shop', off_seconds: 5 },
    ],
    [
      'firing',
      ({ processor }) => processor.changed('llm_alerting', firing),
      'info',
      /^alert firing$/,
      { ...episodeFields, count: 62, threshold: 60, window_seconds: 60 },
    ],
    [
      'roll-up firing',
      ({ processor }) => processor.changed('llm_alerting', rolledUpFiring),
      'info',
      /^alert firing$/,
      {
        rule: 'slow',
        group: {},
        roll_up: true,
        at_least: true,
        ratio: 0.62,
        ratio_threshold: 0.25,
        waiting_seconds: 30,
        groups: 23,
      },
    ],
    [
      'resolved',
      ({ processor }) => processor.changed('llm_alerting', resolved),
      'info',
      /^alert resolved$/,
      { ...episodeFields, reason: 'recovered', peak: 80, total: 130, fired_for_seconds: 90.5 },
    ],
    [
      'journal failure',
      ({ processor }) => processor.journalFailed('llm_alerting', new Error('disk full')),
      'error',
      /journal/,
      { error: { name: 'Error', message: 'disk full' } },
    ],
    [
      'delivered',
      ({ delivery }) => delivery.attempted('pagerduty', firing, { kind: 'delivered' }, 81),
      'info',
      /^event delivered$/,
      { exporter: 'pagerduty', event: 'trigger', ...episodeFields, took_ms: 81 },
    ],
    [
      'first retry',
      ({ delivery }) =>
        delivery.attempted(
          'pagerduty',
          resolved,
          { kind: 'retry', reason: 'HTTP 503', afterMs: 2500, wholeDestination: false },
          9,
        ),
      'warn',
      /kept and tried again/,
      { event: 'resolve', reason: 'HTTP 503', after_seconds: 2.5 },
    ],
    [
      'refused by its destination',
      ({ delivery }) => delivery.misconfigured('pagerduty/eu', 'HTTP 400; check the key'),
      'error',
      /^exporter pagerduty\/eu is refused by its destination: .*until its settings are right/,
      { exporter: 'pagerduty/eu', reason: 'HTTP 400; check the key' },
    ],
    [
      'lost page',
      ({ delivery }) => delivery.deadLetter('pagerduty', firing, 'HTTP 400'),
      'error',
      /nobody was paged; look at this alert now/,
      { event: 'trigger', ...episodeFields, reason: 'HTTP 400' },
    ],
    [
      'lost resolve',
      ({ delivery }) => delivery.deadLetter('pagerduty', resolved, 'HTTP 400'),
      'error',
      /resolve it by hand/,
      { event: 'resolve' },
    ],
    [
      'late page dropped',
      ({ delivery }) => delivery.droppedLate('pagerduty', firing),
      'warn',
      /late page/,
      episodeFields,
    ],
  ]

  it.each(table)('%s', (_name, tell, level, message, fields) => {
    const { telemetry, service, lines } = listen()
    tell({ ...telemetry, service })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level, msg: expect.stringMatching(message), ...fields })
  })

  it('says nothing per span, of a fault told elsewhere, or of a result told elsewhere', () => {
    const { telemetry, lines } = listen()
    telemetry.receiver.accepted('otlp', 'grpc', 'traces', 8)
    telemetry.receiver.refused('otlp', 'grpc', 'traces', 8)
    telemetry.receiver.failed('otlp', 'grpc', 'internal')
    telemetry.delivery.attempted('pagerduty', firing, { kind: 'misconfigured', reason: 'x' }, 5)
    telemetry.delivery.attempted('pagerduty', firing, { kind: 'rejected', reason: 'x' }, 5)
    expect(lines).toEqual([])
  })
})

describe('lines do not flood', () => {
  const retry: AttemptResult = { kind: 'retry', reason: 'HTTP 503', wholeDestination: false }

  it('retries: the first, then one a minute per exporter, with the number left out', () => {
    const { telemetry, lines, pass } = listen()
    for (let i = 0; i < 120; i++) {
      telemetry.delivery.attempted('pagerduty', firing, retry, 1)
      pass(1000)
    }
    telemetry.delivery.attempted('pagerduty/eu', firing, retry, 1)
    expect(lines.map(({ exporter, left_out: leftOut }) => [exporter, leftOut])).toEqual([
      ['pagerduty', undefined],
      ['pagerduty', 59],
      ['pagerduty/eu', undefined],
    ])
  })

  it('retries between successes are no new first ones', () => {
    const { telemetry, lines } = listen()
    for (let i = 0; i < 10; i++) {
      telemetry.delivery.attempted('pagerduty', firing, retry, 1)
      telemetry.delivery.attempted('pagerduty', resolved, { kind: 'delivered' }, 1)
    }
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  it('recovery is told once, after trouble that was told', () => {
    const { telemetry, lines } = listen()
    const { delivery } = telemetry
    delivery.attempted('pagerduty', firing, { kind: 'delivered' }, 1)
    delivery.misconfigured('pagerduty', 'key')
    delivery.attempted('pagerduty', firing, { kind: 'delivered' }, 1)
    delivery.attempted('pagerduty', resolved, { kind: 'delivered' }, 1)
    const again = lines.filter(({ msg }) => msg === 'exporter delivers again')
    expect(again).toMatchObject([{ level: 'info', exporter: 'pagerduty' }])
  })

  it.each([
    ['bad requests', (t: Telemetry) => t.receiver.failed('otlp', 'http', 'invalid_argument')],
    ['faults of ours', (t: Telemetry) => t.receiver.broke('otlp', 'http', new Error('x'))],
    [
      'faults of a component',
      (_: Telemetry, s: ServiceEvents) => s.broke('health_check', new Error('x')),
    ],
    ['journal failures', (t: Telemetry) => t.processor.journalFailed('llm_alerting', 'x')],
  ])('%s: one a minute', (_name, tell) => {
    const { telemetry, service, lines, pass } = listen()
    for (let i = 0; i < 61; i++) {
      tell(telemetry, service)
      pass(1000)
    }
    expect(lines.map(({ left_out: leftOut }) => leftOut)).toEqual([undefined, 59])
  })

  it.each([
    [
      'nothing recognised',
      (t: Telemetry, s: string) => t.processor.nothingRecognised('llm_alerting', s, 1000, 'auto'),
    ],
    [
      'a wrong clock',
      (t: Telemetry, s: string) => t.processor.clockOff('llm_alerting', s, 'late', 400_000),
    ],
  ])('%s: one an hour per service', (_name, tell) => {
    const { telemetry, lines, pass } = listen()
    for (let i = 0; i < 61; i++) {
      tell(telemetry, 'a')
      pass(60_000)
    }
    tell(telemetry, 'b')
    expect(lines.map(({ service }) => service)).toEqual(['a', 'a', 'b'])
  })
})

describe('content', () => {
  it('of requests stays out of the lines about faults', () => {
    const { telemetry, text } = listen()
    const cause = new RangeError('prompt: tell me a secret')
    telemetry.receiver.broke('otlp', 'http', new Error('tell me a secret', { cause }))
    telemetry.receiver.broke('otlp', 'grpc', 'tell me a secret')
    expect(text()).toContain('RangeError')
    expect(text()).not.toContain('secret')
  })
})
