import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertsView } from '../../src/model/status.ts'
import { ENV, spanpager } from './run-command.ts'

const VIEW: AlertsView = {
  time: '2026-11-25T10:00:00.000Z',
  processors: [{ processor: 'llm_alerting', name: 'spanpager', rules: ['failures', 'hangs'] }],
  alerts: [
    {
      processor: 'llm_alerting',
      rule: 'failures',
      kind: 'failures',
      group: { 'service.name': 'litellm\u001b[31m' },
      state: 'firing',
      since: '2026-11-25T09:59:00.000Z',
      count: 62,
      threshold: 60,
      ratio: 0.5,
      ratio_threshold: 0.255,
      window_seconds: 60,
      dedup_key: 'spanpager/failures/litellm',
      in_roll_up: false,
    },
  ],
  pending: [
    {
      exporter: 'pagerduty',
      event: 'trigger',
      dedup_key: 'spanpager/failures/litellm',
      since: '2026-11-25T09:59:00.000Z',
      attempts: 3,
      last_reason: 'refused',
      misconfigured: true,
    },
  ],
}

let server: Server
let body: string
let status: number

beforeEach(async () => {
  status = 200
  body = JSON.stringify(VIEW)
  server = createServer((request, response) => {
    response.statusCode = request.url === '/alerts' ? status : 404
    response.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
})

afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
)

function endpoint(): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('spanpager status', () => {
  it('prints alerts and pending pages, without what would act on the terminal', async () => {
    const { code, stdout } = await spanpager(['status', '--endpoint', endpoint()])
    expect(code).toBe(0)
    const [head, alert, , pendingHead, pending] = stdout.split('\n')
    expect(head).toMatch(/^STATE +RULE +GROUP +COUNT +SINCE +DEDUP KEY$/)
    expect(alert).toMatch(
      /^firing +failures +service\.name=litellm\?\[31m +62\/60 50%\/25\.5% in 60s +2026-11-25T09:59:00\.000Z +spanpager\/failures\/litellm$/,
    )
    expect(pendingHead).toMatch(/^PENDING +EXPORTER/)
    expect(pending).toMatch(/^trigger \(misconfigured\) +pagerduty .* 3 .* refused$/)
  })

  it('finds the endpoint in the configuration', async () => {
    const set = `extensions.health_check.endpoint=${endpoint()}`
    const { code, stdout } = await spanpager(['status', '--set', set], { env: ENV })
    expect(code).toBe(0)
    expect(stdout).toContain('firing')
  })

  it('needs no more of the configuration than that: no key, for instance', async () => {
    const sets = [`extensions.health_check.endpoint=${endpoint()}`, 'processors.llm_alerting.x=1']
    const args = sets.map((set) => `--set=${set}`)
    const { code, stdout, stderr } = await spanpager(['status', ...args])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('firing')
  })

  it.each([
    ['extensions.health_check.endpoint=:99999', /^error: .* extensions\.health_check\.endpoint /],
    ['extensions.health_check.endpoint=${env:NOPE}', /variable NOPE, which is not set/],
    ['extensions=${env:NOPE}', /variable NOPE, which is not set/],
    ['service=${env:NOPE}', /variable NOPE, which is not set/],
    ['service.extensions=${env:NOPE}', /variable NOPE, which is not set/],
    ['extensions', /is not of the form a\.b=value/],
  ])('ends with 2 and the fault where %s hides the endpoint', async (set, message) => {
    const { code, stderr } = await spanpager(['status', '--set', set])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).toContain('the configuration has 1 fault')
  })

  it('says which rules wait when nothing was counted', async () => {
    body = JSON.stringify({ ...VIEW, alerts: [], pending: [] })
    const { code, stdout } = await spanpager(['status', '--endpoint', `http://${endpoint()}`])
    expect(code).toBe(0)
    expect(stdout).toBe('No requests counted. Rules: failures, hangs (llm_alerting)\n')
  })

  it.each([
    [503, '', /it answers 503/],
    [200, '<html>', /JSON/],
    [200, '{"alerts":[]}', /something else than a spanpager answers there/],
  ])('ends with 1 when %d "%s" comes back', async (answer, text, message) => {
    status = answer
    body = text
    const { code, stderr } = await spanpager(['status', '--endpoint', endpoint()])
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })

  it('ends with 1 when nothing listens there', async () => {
    const gone = endpoint()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    const { code, stderr } = await spanpager(['status', '--endpoint', gone])
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot read http:\/\/127\.0\.0\.1:\d+\/alerts: .*ECONNREFUSED/)
  })

  it('ends with 2 when the configuration names no health endpoint', async () => {
    const { code, stderr } = await spanpager(['status', '--set', 'service.extensions=[]'], {
      env: ENV,
    })
    expect(code).toBe(2)
    expect(stderr).toContain('has no health_check extension; use --endpoint')
  })
})
