import { afterEach, describe, expect, it } from 'vitest'
import { type RunningCollector, startCollector } from '../helpers/running-collector.ts'
import { sendFailure } from '../helpers/send-failure.ts'

let running: RunningCollector

afterEach(() => running.stop())

const lines = (level: string): string[] =>
  running.log.filter((line) => line.includes(`\t${level}\t`))

describe('a stop', () => {
  it('says of an open alert that nobody will resolve its incident', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    await sendFailure(running.httpUrl)
    await running.pagerDuty.waitFor(() => running.pagerDuty.incidents().length === 1)
    await running.collector.shutdown()
    expect(lines('error')).toEqual([])
    expect(lines('warn')).toEqual([
      expect.stringMatching(/by hand, unless .*"dedup_key": "spanpager\/failures\/shop"/),
    ])
    expect(running.log.at(-1)).toContain('stopped')
  })

  it('tries a page once more that PagerDuty did not take', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    const { pagerDuty } = running
    pagerDuty.fault({ kind: 'status', status: 503 })
    await sendFailure(running.httpUrl)
    await pagerDuty.waitFor(() => pagerDuty.events().length === 1)
    await running.collector.shutdown()
    expect(pagerDuty.incidents()).toMatchObject([
      { status: 'triggered', dedupKey: 'spanpager/failures/shop' },
    ])
    expect(lines('error')).toEqual([])
  })

  it('names the page that is lost', async () => {
    running = await startCollector({ llm_alerting: { failure_threshold: 1 } })
    const { pagerDuty } = running
    pagerDuty.fault({ kind: 'status', status: 503 }, { times: Infinity })
    await sendFailure(running.httpUrl)
    await pagerDuty.waitFor(() => pagerDuty.events().length === 1)
    await running.collector.shutdown()
    expect(lines('error')).toEqual([
      expect.stringMatching(
        /a page is lost at the stop.*"exporter": "pagerduty", "event": "trigger", "dedup_key": "spanpager\/failures\/shop", "attempts": [2-9]/,
      ),
    ])
  })
})
