import { describe, expect, it } from 'vitest'
import { type AloneOptions, SpanpagerSpanProcessor } from '../../../src/index.ts'
import { llmAlertingConfig } from '../../../src/processor/llm_alerting/config.ts'
import { llmAlertingOptions } from '../../../src/processor/llm_alerting/options.ts'
import { completeOptions } from '../../../src/span-processor/options.ts'

const KEY = 'a'.repeat(32)

function alerting(alone: Partial<AloneOptions>) {
  return completeOptions({ alone: { routingKey: KEY, ...alone } }).alone?.alerting
}

function collector(written: object) {
  const { id: _id, ...options } = llmAlertingOptions(
    'llm_alerting',
    llmAlertingConfig.parse(written),
  )
  return options
}

describe('the option alone', () => {
  it('has the defaults of the collector', () => {
    expect(alerting({})).toEqual(collector({}))
    expect(completeOptions({ alone: { routingKey: KEY } })).toMatchObject({
      announce: false,
      alone: {
        latePages: 'send',
        pagerDuty: {
          routingKey: KEY,
          endpoint: 'https://events.pagerduty.com',
          timeoutMs: 10_000,
          links: [],
        },
      },
    })
  })

  it('means what the same keys mean in the collector', () => {
    const rule = { name: 'ratio', on: 'failures', ratio: 0.5 } as const
    expect(
      alerting({
        name: 'staging',
        failureThreshold: 7,
        hangingThresholdSeconds: 0.25,
        groupBy: ['gen_ai.request.model'],
        overrides: [{ match: { 'service.name': 'slow-*' }, hangingThresholdSeconds: 180 }],
        outcomes: { upstream4xx: 'rejected' },
        keepFiringForMs: 5000,
      }),
    ).toEqual(
      collector({
        name: 'staging',
        failure_threshold: 7,
        hanging_threshold_seconds: 0.25,
        group_by: ['gen_ai.request.model'],
        overrides: [{ match: { 'service.name': 'slow-*' }, hanging_threshold_seconds: 180 }],
        outcomes: { upstream_4xx: 'rejected' },
        keep_firing_for: '5s',
      }),
    )
    expect(alerting({ rules: [{ ...rule, windowMs: 30_000 }] })).toEqual(
      collector({ rules: [{ ...rule, window: '30s' }] }),
    )
  })

  it('may stand beside announcing', () => {
    const both = completeOptions({ announce: true, alone: { routingKey: KEY } })
    expect(both.announce).toBe(true)
    expect(completeOptions({}).alone).toBeUndefined()
  })

  it.each<[object, string]>([
    [{ routingKey: 'short' }, 'routingKey must be the integration key'],
    [{ routingKey: undefined }, 'routingKey must be the integration key'],
    [{ endpoint: 'events.pagerduty.com' }, 'endpoint must be a URL'],
    [{ region: 'mars' }, 'region is mars'],
    [{ timeoutMs: 0 }, 'timeoutMs is 0'],
    [{ latePages: 'maybe' }, 'latePages is maybe'],
    [{ instance: '' }, 'instance must be'],
    [{ failure_threshold: 5 }, 'failure_threshold is no option'],
    [{ stateDir: '/var/lib/spanpager' }, 'stateDir is no option'],
    [{ name: 'a b' }, 'name must be'],
    [{ failureThreshold: 0 }, 'failureThreshold is 0'],
    [{ failureThreshold: Number.NaN }, 'failureThreshold is NaN'],
    [{ hangingThresholdFails: 1.5 }, 'hangingThresholdFails is 1.5'],
    [{ failureThresholdWindowSeconds: 0 }, 'failureThresholdWindowSeconds is 0'],
    [{ hangingThresholdSeconds: 0 }, 'hangingThresholdSeconds is 0'],
    [{ hangingUntil: 'never' }, 'hangingUntil is never'],
    [{ groupBy: ['gen_ai.input.messages'] }, 'may hold prompts'],
    [{ groupBy: ['http.url'] }, 'may hold keys'],
    [
      { overrides: [{ match: { 'user.email': '*' }, hangingThresholdSeconds: 1 }] },
      'overrides[0].match user.email may hold e-mails',
    ],
    [{ rules: [] }, 'rules must not be empty'],
    [{ rules: [{ name: 'a', on: 'hangs' }] }, 'rules[0] must have a count'],
    [{ rules: [{ name: 'a', on: 'hangs', count: 1, ratio: 0.5 }] }, 'rules[0].ratio is for'],
    [{ rules: [{ name: 'a', on: 'failures', ratio: 2 }] }, 'rules[0].ratio is 2'],
    [{ rules: [{ name: 'a', on: 'no_data', count: 1 }] }, 'rules[0].on is no_data'],
    [
      {
        rules: [
          { name: 'a', on: 'hangs', count: 1 },
          { name: 'a', on: 'hangs', count: 2 },
        ],
      },
      'a is there twice',
    ],
  ])('%j is refused when the processor is made', (options, message) => {
    const alone = { routingKey: KEY, ...options } as AloneOptions
    expect(() => new SpanpagerSpanProcessor({ alone })).toThrow(message)
    expect(() => new SpanpagerSpanProcessor({ alone })).toThrow(RangeError)
    expect(() => new SpanpagerSpanProcessor({ alone })).not.toThrow(KEY)
  })
})
