import { describe, expect, it } from 'vitest'
import { DEFAULT_LLM_ROUTES } from '../../src/selection/llm-route.ts'
import { ENV, ROUTING_KEY, spanpager } from './run-command.ts'

const CONFIG = `receivers: { otlp: { protocols: { grpc: } } }
processors:
  llm_alerting:
    failure_threshold: \${env:FAILURES:-5}
    alerting_args: { hanging_threshold_seconds: 30 }
exporters: { pagerduty: { routing_key: "\${env:PAGERDUTY_API_KEY}" } }
service:
  pipelines:
    traces: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty] }
`

function rows(stdout: string): Record<string, string> {
  const found = stdout.matchAll(/^ {2}(\S+(?: \(\S+\))?) +(.*?) {2,}(\S.*)$/gm)
  return Object.fromEntries(
    [...found].map(([, name, value, origin]) => [name, `${value} <- ${origin}`]),
  )
}

describe('spanpager validate', () => {
  it('prints each value in force and where it comes from', async () => {
    const args = ['validate', '--config', 'c.yaml', '--set', 'processors.llm_alerting.name=prod']
    const { code, stdout, stderr } = await spanpager(args, {
      files: { 'c.yaml': CONFIG },
      env: ENV,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(rows(stdout)).toMatchObject({
      name: 'prod <- --set processors.llm_alerting.name',
      failure_threshold: '5 <- c.yaml:4 (environment FAILURES, not set: its default)',
      failure_threshold_window_seconds: '60 <- default',
      hanging_threshold_seconds: '30 <- c.yaml:5',
      hanging_threshold_fails: '5 <- derived from failure_threshold',
      hanging_threshold_window_seconds: '600 <- default',
      'keep_firing_for (hangs)': '1m <- derived from the window, at most 60s',
      group_by: '[service.name] <- default',
      flap_window: '10m <- default',
      'requests.preset': 'auto <- default',
      'requests.llm_routes': `[${DEFAULT_LLM_ROUTES.join(', ')}] <- default`,
      routing_key: '[REDACTED] <- c.yaml:6 (environment PAGERDUTY_API_KEY)',
      'protocols.grpc.endpoint': 'localhost:4317 <- default',
      'pipelines.traces.exporters': '[pagerduty] <- c.yaml:9',
    })
    expect(stdout).not.toContain(ROUTING_KEY)
    expect(stdout).toMatch(/The configuration is valid\.\n$/)
  })

  it('prints nested thresholds as those in force', async () => {
    const { code, stdout, stderr } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': CONFIG.replace('hanging_threshold_seconds: 30', 'failure_threshold: 7') },
      env: ENV,
    })
    expect(code).toBe(0)
    expect(rows(stdout)).toMatchObject({ failure_threshold: '7 <- c.yaml:5' })
    expect(stderr).toBe(
      'warning: c.yaml:4: processors.llm_alerting.failure_threshold has no effect: alerting_args sets it too\n',
    )
  })

  it('prints a preset and routes with the place where they are written', async () => {
    const requests = 'requests: { preset: litellm, llm_routes: ["^/ask$", "^/chat$"] }'
    const { code, stdout } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': CONFIG.replace('failure_threshold: ${env:FAILURES:-5}', requests) },
      env: ENV,
    })
    expect(code).toBe(0)
    expect(rows(stdout)).toMatchObject({
      'requests.preset': 'litellm <- c.yaml:4',
      'requests.llm_routes': '[^/ask$, ^/chat$] <- c.yaml:4',
    })
  })

  it('leaves out a preset that match outranks', async () => {
    const requests = 'requests: { preset: litellm, match: [{ name: llm }] }'
    const { code, stdout } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': CONFIG.replace('failure_threshold: ${env:FAILURES:-5}', requests) },
      env: ENV,
    })
    expect(code).toBe(0)
    expect(rows(stdout)).toMatchObject({ 'requests.match': '[{ name: llm }] <- c.yaml:4' })
    expect(stdout).not.toContain('requests.preset')
  })

  it('prints general rules instead of the threshold keys they replace', async () => {
    const rules = `rules: [{ name: slow, on: hangs, count: 3, waiting: 90s, group_by: [team], match: { model: "gpt*" } }, { name: share, on: failures, ratio: 0.5, keep_firing_for: 5s }]`
    const config = CONFIG.replace('failure_threshold: ${env:FAILURES:-5}', rules).replace(
      / +alerting_args.*\n/,
      '',
    )
    const { code, stdout } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': config },
      env: ENV,
    })
    expect(code).toBe(0)
    expect(rows(stdout)).toMatchObject({
      'rules.slow.count': '3 <- c.yaml:4',
      'rules.slow.window': '10m <- default',
      'rules.slow.waiting': '1m30s <- c.yaml:4',
      'rules.slow.group_by': '[team] <- c.yaml:4',
      'rules.slow.match': 'model = gpt* <- c.yaml:4',
      'rules.share.ratio': '0.5 <- c.yaml:4',
      'rules.share.min_requests': '20 <- default',
      'rules.share.group_by': '[service.name] <- default',
      'rules.share.keep_firing_for': '5s <- c.yaml:4',
    })
    expect(stdout).not.toContain('failure_threshold')
  })

  it('says all faults on stderr and ends with 2', async () => {
    const config = CONFIG.replace('failure_threshold', 'failure_treshold')
    const { code, stdout, stderr } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': config },
    })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: c\.yaml:4: .*failure_treshold is not a known key$/m)
    expect(stderr).toMatch(/^error: c\.yaml:6: .*PAGERDUTY_API_KEY, which is not set$/m)
    expect(stderr).toContain('2 faults')
  })

  it('warns, and goes on', async () => {
    const config = CONFIG.replace('exporters: {', 'exporters: { debug: ,')
    const { code, stderr } = await spanpager(['validate', '--config', 'c.yaml'], {
      files: { 'c.yaml': config },
      env: ENV,
    })
    expect(code).toBe(0)
    expect(stderr).toBe('warning: c.yaml:6: exporters.debug is defined, but no pipeline uses it\n')
  })
})
