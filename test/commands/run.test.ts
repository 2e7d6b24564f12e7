import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ENV, spanpager } from './run-command.ts'

const CONFIG = `receivers:
  otlp: { protocols: { grpc: { endpoint: "localhost:0" }, http: { endpoint: "0.0.0.0:0" } } }
processors:
  llm_alerting:
    failure_threshold: 5
    alerting_args: { failure_threshold: 6 }
exporters: { pagerduty: { routing_key: "\${env:PAGERDUTY_API_KEY}" } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [llm_alerting], exporters: [pagerduty] }
`
const WARNING =
  'c.yaml:5: processors.llm_alerting.failure_threshold has no effect: alerting_args sets it too'

/** Runs until it is ready, and asks it to end at once. */
function run(config: string, ...sets: string[]) {
  return spanpager(['run', '--config', 'c.yaml', ...sets.map((set) => `--set=${set}`)], {
    files: { 'c.yaml': config },
    env: ENV,
    signal: AbortSignal.abort('SIGTERM'),
  })
}

describe('spanpager run', () => {
  it('logs start, configuration warnings, where it listens, and stop', async () => {
    const { code, stdout, stderr } = await run(CONFIG, 'service.telemetry.logs.encoding=json')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    const lines = stderr.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', msg: 'starting spanpager', version: expect.stringMatching(/^\d+\.\d+/) },
      { level: 'warn', msg: `configuration: ${WARNING}` },
      { level: 'info', msg: 'listening', component: 'otlp', transport: 'grpc' },
      { level: 'info', msg: 'listening', component: 'otlp', transport: 'http' },
      {
        level: 'info',
        msg: 'only this machine can send to localhost; to open it, set receivers.otlp.protocols.grpc.endpoint to 0.0.0.0:0',
      },
      { level: 'info', msg: expect.stringMatching(/^ready/) },
      { level: 'info', msg: 'stopping', reason: 'SIGTERM' },
      { level: 'info', msg: 'stopped' },
    ])
  })

  it('says nothing of localhost where it listens to others', async () => {
    const { stderr } = await run(CONFIG, 'receivers.otlp.protocols.grpc.endpoint=0.0.0.0:0')
    expect(stderr).toContain('\tready')
    expect(stderr).not.toContain('only this machine')
  })

  it('says warnings beside faults plainly: there is no log yet', async () => {
    const { code, stderr } = await run(CONFIG, 'service.telemetry.logs.encoding=xml')
    expect(code).toBe(2)
    const [warning, fault] = stderr.split('\n')
    expect(warning).toBe(`warning: ${WARNING}`)
    expect(fault).toMatch(/^error: --set .*must be console or json/)
  })

  it('says in one plain line why it could not start', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await run(
      CONFIG,
      `receivers.otlp.protocols.http.endpoint=127.0.0.1:${port}`,
    )
    other.close()
    expect(code).toBe(1)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('spanpager: '))).toEqual([lines.at(-1)])
    expect(lines.at(-1)).toContain(`receivers.otlp.protocols.http.endpoint`)
    expect(stderr).not.toMatch(/stopp/)
  })
})
