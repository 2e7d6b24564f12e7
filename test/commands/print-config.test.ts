import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ENV, ROUTING_KEY, spanpager } from './run-command.ts'

const CONFIG = `
receivers: { otlp: { protocols: { grpc: { endpoint: "\${env:HOST:-localhost}:1" } } } }
processors: { llm_alerting: { failure_threshold: "\${N}" } }
exporters:
  pagerduty:
    routing_key: \${env:PAGERDUTY_API_KEY}
    endpoint: http://user:password@127.0.0.1:9
    client_url: https://example.com/\${env:PAGERDUTY_API_KEY}
    routing_kye: abcdef
  unknown: { token: abcdef, list: [abcdef] }
other: abcdef
service: { extensions: }
`

describe('spanpager print-config', () => {
  it('prints what came together, secrets and what it does not know masked', async () => {
    const { code, stdout, stderr } = await spanpager(
      [
        'print-config',
        '--config',
        'c.yaml',
        '--config',
        'd.yaml',
        '--set',
        'service.extensions=[a]',
      ],
      {
        files: { 'c.yaml': CONFIG, 'd.yaml': 'processors: { llm_alerting: { name: x } }' },
        env: { ...ENV, N: '5' },
      },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(parse(stdout)).toEqual({
      receivers: { otlp: { protocols: { grpc: { endpoint: 'localhost:1' } } } },
      processors: { llm_alerting: { failure_threshold: 5, name: 'x' } },
      exporters: {
        pagerduty: {
          routing_key: '[REDACTED]',
          endpoint: 'http://[REDACTED]@127.0.0.1:9',
          client_url: 'https://example.com/[REDACTED]',
          routing_kye: '[REDACTED]',
        },
        unknown: { token: '[REDACTED]', list: ['[REDACTED]'] },
      },
      other: '[REDACTED]',
      service: { extensions: ['a'] },
    })
    expect(stdout).not.toContain(ROUTING_KEY)
  })

  it('prints what it can and says the faults when a variable is not set', async () => {
    const { code, stdout, stderr } = await spanpager(['print-config', '--config', 'c.yaml'], {
      files: { 'c.yaml': CONFIG },
      env: ENV,
    })
    expect(code).toBe(2)
    expect(parse(stdout)).toMatchObject({ receivers: { otlp: {} } })
    expect(stderr).toContain('needs the environment variable N, which is not set')
  })
})
