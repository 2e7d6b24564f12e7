import { describe, expect, it } from 'vitest'
import { llmAlertingConfig } from '../../../src/processor/llm_alerting/config.ts'
import {
  type LlmAlertingOptions,
  llmAlertingOptions,
  llmAlertingWarnings,
} from '../../../src/processor/llm_alerting/options.ts'

function options(written: unknown): LlmAlertingOptions {
  return llmAlertingOptions('llm_alerting', llmAlertingConfig.parse(written))
}

const DEFAULT_RULE = {
  ratio: undefined,
  minRequests: 0,
  forMs: 0,
  keepFiringForMs: 60_000,
  severity: 'critical',
  overrides: [],
  groupBy: [0],
  match: [],
}

describe('llmAlertingOptions', () => {
  it('completes an empty configuration', () => {
    const { id, preset, selection, requests, rules } = options({})
    expect({ id, preset }).toEqual({ id: 'llm_alerting', preset: 'auto' })
    expect(selection.presets.map(({ name }) => name).slice(0, 2)).toEqual([
      'litellm',
      'envoy_ai_gateway',
    ])
    expect(selection).toMatchObject({
      groupKeys: ['service.name'],
      outcomes: {
        upstream4xx: 'failed',
        failedStatuses: [408, 429],
        canceledStatuses: [499],
        canceledErrorTypes: [],
      },
    })
    expect(requests).toEqual({
      decisionWaitMs: 10_000,
      maxLatenessMs: 300_000,
      rememberMs: 900_000,
      rememberOkMs: 60_000,
      maxCandidates: 100_000,
      maxDecided: 1_000_000,
      slowNano: 60e9,
      maxOpenAgeMs: 3_600_000,
      maxOpen: 1_000_000,
      maxOpenPerService: 250_000,
      inferOpen: false,
    })
    expect(rules).toMatchObject({
      name: 'spanpager',
      groupKeys: ['service.name'],
      hangingUntil: 'first_chunk',
      noTrafficResolveAfterMs: 1_800_000,
      flapWindowMs: 600_000,
      maxIncidents: 20,
      maxGroups: 10_000,
    })
    expect(rules.rules).toEqual([
      {
        ...DEFAULT_RULE,
        name: 'failures',
        on: 'failures',
        count: 60,
        windowMs: 60_000,
        waitingNano: 60e9,
      },
      {
        ...DEFAULT_RULE,
        name: 'hangs',
        on: 'hangs',
        count: 60,
        windowMs: 600_000,
        waitingNano: 60e9,
      },
    ])
  })

  const FIVE = {
    failure_threshold: 1,
    failure_threshold_window_seconds: 10,
    hanging_threshold_seconds: 0.0000001,
    hanging_threshold_fails: 3,
    hanging_threshold_window_seconds: 20,
  }

  it.each([
    ['flat', FIVE],
    ['nested', { alerting_args: FIVE }],
    [
      'nested, which outranks flat',
      { failure_threshold: 9, hanging_threshold_fails: 9, alerting_args: FIVE },
    ],
    [
      'half and half',
      { failure_threshold: 1, alerting_args: { ...FIVE, failure_threshold: undefined } },
    ],
  ])("takes LiteLLM's five keys %s", (_, written) => {
    const [failures, hangs] = options(written).rules.rules
    expect(failures).toMatchObject({ count: 1, windowMs: 10_000, keepFiringForMs: 10_000 })
    expect(hangs).toMatchObject({ count: 3, windowMs: 20_000, waitingNano: 100 })
  })

  it.each([
    [{}, 60],
    [{ failure_threshold: 5 }, 60],
    [{ failure_threshold: 5, failure_threshold_window_seconds: 5 }, 60],
    [{ failure_threshold: 5, hanging_threshold_seconds: 30 }, 5],
    [{ failure_threshold: 5, hanging_threshold_window_seconds: 30 }, 5],
    [{ hanging_threshold_seconds: 30 }, 60],
    [{ alerting_args: { failure_threshold: 7, hanging_threshold_seconds: 30 } }, 7],
    [{ failure_threshold: 5, hanging_threshold_seconds: 30, hanging_threshold_fails: 9 }, 9],
    [{ failure_threshold: 5, hanging_threshold_fails: 9 }, 9],
  ])('%j needs the right number of hangs', (written, fails) => {
    expect(options(written).rules.rules[1]!.count).toBe(fails)
  })

  it('completes general rules', () => {
    const { rules, requests } = options({
      keep_firing_for: '5s',
      rules: [
        { name: 'share', on: 'failures', ratio: 0.25 },
        {
          name: 'slow',
          on: 'hangs',
          count: 3,
          window: '1m30s',
          waiting: '500ms',
          for: '10s',
          keep_firing_for: '0s',
          severity: 'warning',
        },
        { name: 'both', on: 'failures', count: 5, ratio: 1, min_requests: 7, window: '1h' },
        { name: 'waits', on: 'hangs', count: 1 },
      ],
    })
    expect(rules.rules).toMatchObject([
      { count: undefined, ratio: 0.25, minRequests: 20, windowMs: 60_000, keepFiringForMs: 5000 },
      {
        count: 3,
        windowMs: 90_000,
        waitingNano: 500e6,
        forMs: 10_000,
        keepFiringForMs: 0,
        severity: 'warning',
      },
      { count: 5, ratio: 1, minRequests: 7, windowMs: 3_600_000 },
      { count: 1, windowMs: 600_000, waitingNano: 60e9 },
    ])
    expect(requests.rememberMs).toBe(3_600_000 + 300_000)
    expect(requests.slowNano).toBe(500e6)
  })

  it('collects the attributes of groups and tests once, groups first', () => {
    const { rules, selection, requests } = options({
      group_by: ['service.name', 'gen_ai.request.model'],
      rules: [
        { name: 'a', on: 'failures', count: 1, match: { team: ['x', 'y*'] } },
        { name: 'b', on: 'hangs', count: 1, group_by: ['region', 'service.name'] },
        { name: 'c', on: 'failures', count: 1, group_by: [] },
      ],
      overrides: [{ match: { 'gen_ai.request.model': 'o1*' }, hanging_threshold_seconds: 0.5 }],
    })
    expect(rules.groupKeys).toEqual(['service.name', 'gen_ai.request.model', 'region', 'team'])
    expect(selection.groupKeys).toEqual(rules.groupKeys)
    expect(rules.rules).toMatchObject([
      { groupBy: [0, 1], match: [{ key: 3, patterns: ['x', 'y*'] }], overrides: [] },
      {
        groupBy: [2, 0],
        match: [],
        overrides: [{ match: [{ key: 1, patterns: ['o1*'] }], waitingNano: 500e6 }],
      },
      { groupBy: [], overrides: [] },
    ])
    expect(requests.slowNano).toBe(500e6)
  })

  it('takes how open requests are known, and for how long', () => {
    const { requests } = options({ infer_open: true, max_open_age: '90m' })
    expect(requests).toMatchObject({ inferOpen: true, maxOpenAgeMs: 5_400_000 })
  })

  it.each([
    [{ hanging_threshold_seconds: 3599 }, false],
    [{ hanging_threshold_seconds: 3600 }, true],
    [{ max_open_age: '1m' }, true],
    [{ max_open_age: '1m', rules: [{ name: 'a', on: 'failures', count: 1 }] }, false],
    [{ rules: [{ name: 'a', on: 'hangs', count: 1, waiting: '2h' }] }, true],
    [{ overrides: [{ match: { 'service.name': 'x' }, hanging_threshold_seconds: 7200 }] }, true],
  ])('%j: is a waiting time out of reach of open requests? %s', (written, warned) => {
    const warnings = llmAlertingWarnings(llmAlertingConfig.parse(written))
    expect(warnings.map(({ path }) => path)).toEqual(warned ? [['max_open_age']] : [])
  })

  it('takes no good request for a hang where no rule is on hangs', () => {
    const { requests } = options({ rules: [{ name: 'a', on: 'failures', count: 1 }] })
    expect(requests.slowNano).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('chooses a preset, or makes one of match entries', () => {
    expect(options({ requests: { preset: 'litellm' } }).selection.presets).toMatchObject([
      { name: 'litellm' },
    ])
    const { preset, selection } = options({
      requests: {
        match: [
          { role: 'ignored', name: 'health*' },
          {
            kind: ['server', 'client'],
            scope: 'my.proxy',
            parent: 'entry',
            status: 'unset',
            llm_route: true,
            resource: { 'service.name': ['a', 'b'] },
            attributes: { 'http.response.status_code': 200, stream: true, model: { exists: true } },
            any: [{ name: 'x' }, { not: { name: 'y' } }],
          },
        ],
        llm_routes: ['/chat$'],
      },
    })
    expect(preset).toBe('match')
    expect(selection.llmRoutes).toEqual(['/chat$'])
    expect(selection.presets[0]!.roles).toEqual([
      { role: 'ignored', when: { name: 'health*' } },
      {
        role: 'request',
        when: {
          kind: ['server', 'client'],
          scope: 'my.proxy',
          parent: 'entry',
          status: 'unset',
          llmRoute: true,
          resource: { 'service.name': ['a', 'b'] },
          attributes: { 'http.response.status_code': 200, stream: true, model: { exists: true } },
          any: [{ name: 'x' }, { not: { name: 'y' } }],
        },
      },
    ])
  })

  it('changes the fingerprint with what selects and judges, and with nothing else', () => {
    const of = (written: unknown): string => options(written).rules.selectionFingerprint
    const same = [{ failure_threshold: 5 }, { name: 'prod' }, { group_by: [] }, { max_groups: 5 }]
    for (const written of same) expect(of(written)).toBe(of({}))
    const other = [
      { requests: { preset: 'genai' } },
      { requests: { llm_routes: ['/x'] } },
      { outcomes: { upstream_4xx: 'rejected' } },
    ]
    for (const written of other) expect(of(written)).not.toBe(of({}))
  })
})
