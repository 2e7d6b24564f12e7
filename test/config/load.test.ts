import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CollectorConfig } from '../../src/pipeline/collector-config.ts'
import { formatFault } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ROUTING_KEY, sources } from './sources.ts'

const MINIMAL = `
receivers: { otlp: { protocols: { grpc: } } }
processors: { llm_alerting: }
exporters: { pagerduty: { routing_key: "\${env:PAGERDUTY_API_KEY}" } }
service: { pipelines: { traces: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty] } } }
`

function load(
  files: Record<string, string>,
  rest: Parameters<typeof sources>[1] = {},
): { config: CollectorConfig; warnings: string[] } {
  const loaded = loadConfig(sources(files, rest))
  if (loaded.kind === 'faults') throw new Error(loaded.faults.map(formatFault).join('\n'))
  return { config: loaded.config, warnings: loaded.warnings.map(formatFault) }
}

describe('loadConfig', () => {
  it('completes a minimal configuration', () => {
    const { config, warnings } = load({ 'c.yaml': MINIMAL })
    expect(warnings).toEqual([])
    expect(config.receivers).toMatchObject([
      { type: 'otlp', id: 'otlp', options: { grpc: { host: 'localhost', port: 4317 } } },
    ])
    expect(config.receivers[0]!.options.http).toBeUndefined()
    expect(config.exporters).toEqual([
      {
        type: 'pagerduty',
        id: 'pagerduty',
        options: {
          routingKey: ROUTING_KEY,
          endpoint: 'https://events.pagerduty.com',
          timeoutMs: 10_000,
          links: [],
        },
        latePages: 'send',
      },
    ])
    expect(config).toMatchObject({
      extensions: [],
      logs: { level: 'info', encoding: 'console' },
      metrics: [{ host: 'localhost', port: 8888 }],
      shutdownTimeoutMs: 10_000,
      secrets: [ROUTING_KEY],
      pipelines: [
        {
          id: 'traces',
          receivers: ['otlp'],
          processors: ['llm_alerting'],
          exporters: ['pagerduty'],
        },
      ],
    })
  })

  it('takes otel-config.yaml as it stands, its values the defaults', () => {
    const text = readFileSync(new URL('../../otel-config.yaml', import.meta.url), 'utf8')
    const { config, warnings } = load({ 'otel-config.yaml': text })
    expect(warnings).toEqual([])
    const minimal = load({ 'c.yaml': MINIMAL }).config
    expect(config.processors).toEqual(minimal.processors)
    expect(config.exporters).toEqual(minimal.exporters)
    expect({ ...config, receivers: [], extensions: [] }).toEqual({ ...minimal, receivers: [] })
    expect(config.extensions).toEqual([
      { type: 'health_check', id: 'health_check', options: { host: 'localhost', port: 13_133 } },
    ])
    expect(config.receivers[0]!.options.http).toMatchObject({ host: 'localhost', port: 4318 })
  })

  it('keeps every line that otel-config.yaml shows as a comment true', () => {
    const text = readFileSync(new URL('../../otel-config.yaml', import.meta.url), 'utf8')
    const shown = text
      .split('\n')
      // Settings, not prose; and of what excludes each other, not the second.
      .map((line) => line.replace(/^( +)# ?([ -]*(?:\{ )?[a-z_]+:.*)$/, '$1$2'))
      .filter((line) => !/^ +(- \{ name|rules:)/.test(line))
      .join('\n')
    expect(shown).toContain('\n    keep_firing_for: 60s\n')
    const { config } = load({ 'otel-config.yaml': shown })
    const plain = load({ 'otel-config.yaml': text }).config
    const { rules, ...options } = config.processors[0]!.options
    expect(options.requests).toEqual({ ...plain.processors[0]!.options.requests })
    expect(rules.rules.map(({ keepFiringForMs }) => keepFiringForMs)).toEqual([60_000, 60_000])
    expect(rules.rules[1]!.overrides).toHaveLength(1)
    expect(config.exporters[0]).toMatchObject({
      options: { endpoint: 'https://events.pagerduty.com', links: [{ text: 'Trace {trace_id}' }] },
    })
  })

  it('takes a routing key made of digits as text, from a variable and from the file', () => {
    const digits = '01234567890123456789012345678901'
    const fromEnv = load({ 'c.yaml': MINIMAL }, { env: { PAGERDUTY_API_KEY: digits } })
    expect(fromEnv.config.secrets).toEqual([digits])
    const literal = MINIMAL.replace('"${env:PAGERDUTY_API_KEY}"', digits)
    expect(load({ 'c.yaml': literal }).config.exporters[0]).toMatchObject({
      options: { routingKey: digits },
    })
  })

  it('gives numbers and durations from variables their type', () => {
    const { config } = load(
      { 'c.yaml': MINIMAL },
      {
        env: { PAGERDUTY_API_KEY: ROUTING_KEY, N: '5', D: '1m30s' },
        sets: [
          'processors.llm_alerting.failure_threshold=${env:N}',
          'processors.llm_alerting.decision_wait=${env:D}',
        ],
      },
    )
    const { options } = config.processors[0]!
    expect(options.rules.rules[0]!.count).toBe(5)
    expect(options.requests.decisionWaitMs).toBe(90_000)
  })

  it('has pipelines of traces and logs, and one instance of what stands in both', () => {
    const logs = `
service:
  pipelines:
    logs/announcements: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty] }
`
    const { config, warnings } = load({ 'c.yaml': MINIMAL, 'd.yaml': logs })
    expect(warnings).toEqual([])
    expect(config.pipelines.map(({ id, signal }) => [id, signal])).toEqual([
      ['traces', 'traces'],
      ['logs/announcements', 'logs'],
    ])
    expect(config.receivers).toHaveLength(1)
    expect(config.processors.map(({ id }) => id)).toEqual(['llm_alerting'])
  })

  it('has a component once, however many pipelines it stands in, and none that is unused', () => {
    const yaml = `
receivers: { otlp: { protocols: { grpc: } }, otlp/2: { protocols: { http: } }, otlp/3: { protocols: { http: } } }
processors: { llm_alerting: }
exporters: { debug: , pagerduty: { routing_key: "\${env:PAGERDUTY_API_KEY}" } }
extensions: { health_check: }
service:
  pipelines:
    traces: { receivers: [otlp], processors: [llm_alerting], exporters: [debug] }
    traces/b: { receivers: [otlp, otlp/2], processors: [llm_alerting], exporters: [debug] }
`
    const { config, warnings } = load({ 'c.yaml': yaml })
    expect(config.receivers.map(({ id }) => id)).toEqual(['otlp', 'otlp/2'])
    expect(config.processors.map(({ id }) => id)).toEqual(['llm_alerting'])
    expect(config.exporters).toEqual([{ type: 'debug', id: 'debug' }])
    expect(config.extensions).toEqual([])
    expect(warnings).toEqual([
      'c.yaml:2: receivers.otlp/3 is defined, but no pipeline uses it',
      'c.yaml:4: exporters.pagerduty is defined, but no pipeline uses it',
      'c.yaml:5: extensions.health_check is defined, but service.extensions does not name it',
    ])
  })

  it("takes LiteLLM's alerting_args, laid over otel-config.yaml, before the keys there", () => {
    const text = readFileSync(new URL('../../otel-config.yaml', import.meta.url), 'utf8')
    const overlay = `
processors:
  llm_alerting:
    alerting_args:
      failure_threshold: 1
      failure_threshold_window_seconds: 10
      hanging_threshold_seconds: 0.0000001
      hanging_threshold_window_seconds: 20
`
    const { config, warnings } = load({ 'otel-config.yaml': text, 'overlay.yaml': overlay })
    expect(config.processors[0]!.options.rules.rules).toMatchObject([
      { name: 'failures', count: 1, windowMs: 10_000 },
      { name: 'hangs', count: 1, windowMs: 20_000, waitingNano: 100 },
    ])
    const line = (key: string) => text.split('\n').findIndex((one) => one.includes(` ${key}: `)) + 1
    expect(warnings).toEqual(
      [
        'failure_threshold',
        'failure_threshold_window_seconds',
        'hanging_threshold_seconds',
        'hanging_threshold_window_seconds',
      ].map(
        (key) =>
          `otel-config.yaml:${line(key)}: processors.llm_alerting.${key} has no effect: alerting_args sets it too`,
      ),
    )
  })

  it('takes match, laid over otel-config.yaml, before the preset there', () => {
    const text = readFileSync(new URL('../../otel-config.yaml', import.meta.url), 'utf8')
    const overlay = 'processors: { llm_alerting: { requests: { match: [{ name: llm }] } } }'
    const { config, warnings } = load({ 'otel-config.yaml': text, 'overlay.yaml': overlay })
    expect(config.processors[0]!.options).toMatchObject({
      preset: 'match',
      selection: { presets: [{ name: 'match' }] },
    })
    const line = text.split('\n').findIndex((one) => one.includes('preset: auto')) + 1
    expect(warnings).toEqual([
      `otel-config.yaml:${line}: processors.llm_alerting.requests.preset has no effect: match replaces it`,
    ])
  })

  it('warns of what rules make void', () => {
    const yaml = MINIMAL.replace(
      'llm_alerting: }',
      'llm_alerting: { failure_threshold: 5, alerting_args: { }, rules: [{ name: a, on: failures, count: 1 }], overrides: [{ match: { m: x }, hanging_threshold_seconds: 1 }] } }',
    )
    expect(load({ 'c.yaml': yaml }).warnings).toEqual([
      'c.yaml:3: processors.llm_alerting.failure_threshold has no effect: rules replaces it',
      'c.yaml:3: processors.llm_alerting.alerting_args has no effect: rules replaces it',
      'c.yaml:3: processors.llm_alerting.overrides has no effect: no rule is on hangs',
    ])
  })

  it('maps the settings of components to what code passes', () => {
    const yaml = `
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:1
        max_recv_msg_size_mib: 4
        max_concurrent_streams: 16
        keepalive: { server_parameters: { time: 30s, max_connection_age: 5m } }
      http:
        endpoint: "[::1]:2"
        traces_url_path: /otlp/traces
        max_request_body_size: 1000
        compression_algorithms: [gzip]
        cors: { allowed_origins: ["https://*.example.com"], max_age: 60 }
        idle_timeout: 1m
processors: { llm_alerting: }
exporters:
  pagerduty:
    routing_key: \${env:PAGERDUTY_API_KEY}
    region: eu
    timeout: 1.5s
    client_url: https://example.com
    links: [{ href: "https://example.com/{trace_id}", text: trace }]
    late_pages: drop
  pagerduty/local: { routing_key: "\${env:PAGERDUTY_API_KEY}", endpoint: "http://127.0.0.1:9/" }
service:
  shutdown_timeout: 3s
  telemetry:
    logs: { level: debug, encoding: json }
    metrics: { level: none }
  pipelines: { traces: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty, pagerduty/local] } }
`
    const { config } = load({ 'c.yaml': yaml })
    const { grpc, http } = config.receivers[0]!.options
    expect(grpc).toEqual({
      host: '0.0.0.0',
      port: 1,
      maxRecvMsgBytes: 4 * 1024 * 1024,
      maxConcurrentStreams: 16,
      keepalive: {
        timeMs: 30_000,
        timeoutMs: 20_000,
        maxConnectionIdleMs: undefined,
        maxConnectionAgeMs: 300_000,
        maxConnectionAgeGraceMs: undefined,
      },
    })
    expect(http).toMatchObject({
      host: '::1',
      port: 2,
      tracesUrlPath: '/otlp/traces',
      maxRequestBodyBytes: 1000,
      compressionAlgorithms: ['gzip'],
      cors: { allowedOrigins: ['https://*.example.com'], allowedHeaders: [], maxAgeSeconds: 60 },
      idleTimeoutMs: 60_000,
    })
    expect(config.exporters).toMatchObject([
      {
        latePages: 'drop',
        options: {
          endpoint: 'https://events.eu.pagerduty.com',
          timeoutMs: 1500,
          clientUrl: 'https://example.com',
          links: [{ href: 'https://example.com/{trace_id}', text: 'trace' }],
        },
      },
      { options: { endpoint: 'http://127.0.0.1:9' } },
    ])
    expect(config).toMatchObject({
      shutdownTimeoutMs: 3000,
      logs: { level: 'debug', encoding: 'json' },
      metrics: [],
    })
  })
})
