import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPagerDutyStandIn,
  type PagerDutyStandIn,
  STAND_IN_ROUTING_KEY,
} from '../../examples/pagerduty-stand-in/stand-in.ts'
import { type Outcome, ROUTING_KEY, spanpager } from './run-command.ts'

let standIn: PagerDutyStandIn

beforeEach(async () => {
  standIn = createPagerDutyStandIn()
  await standIn.start()
})

afterEach(() => standIn.close())

function testPage(args: readonly string[], key: string): Promise<Outcome> {
  const set = `exporters.pagerduty.endpoint=${standIn.url}`
  return spanpager(['test-page', '--set', set, ...args], { env: { PAGERDUTY_API_KEY: key } })
}

describe('spanpager test-page', () => {
  it('checks the key of the configuration without paging', async () => {
    const { code, stdout } = await testPage([], STAND_IN_ROUTING_KEY)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^pagerduty: .*nobody was paged\n$/)
    expect(standIn.incidents()).toEqual([])
  })

  it('opens and resolves an incident with --page', async () => {
    const { code } = await testPage(['--page'], STAND_IN_ROUTING_KEY)
    expect(code).toBe(0)
    expect(standIn.incidents()).toMatchObject([{ status: 'resolved' }])
  })

  it('ends with 1 and the reason when the key is refused', async () => {
    const { code, stdout, stderr } = await testPage([], ROUTING_KEY)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^pagerduty: PagerDuty did not accept/)
    expect(stderr).not.toContain(ROUTING_KEY)
  })

  it('ends with 2 when no pipeline pages', async () => {
    const set = ['--set', 'exporters.debug=', '--set', 'service.pipelines.traces.exporters=[debug]']
    const { code, stderr } = await testPage(set, ROUTING_KEY)
    expect(code).toBe(2)
    expect(stderr).toContain('no pipeline of the configuration has a pagerduty exporter')
  })
})
