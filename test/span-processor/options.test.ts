import { describe, expect, it } from 'vitest'
import { SpanpagerSpanProcessor, type SpanpagerOptions } from '../../src/index.ts'
import { optionsFromEnvironment } from '../../src/span-processor/environment.ts'
import { completeOptions } from '../../src/span-processor/options.ts'

describe('options', () => {
  it('are complete without any, and with undefined ones', () => {
    const defaults = completeOptions({})
    expect(defaults).toMatchObject({
      announceAfterMs: 5000,
      heartbeatMs: 10_000,
      encoding: 'spans',
      maxTracked: 10_000,
      maxOpenAgeMs: 3_600_000,
    })
    expect(completeOptions({ heartbeatMs: undefined, requests: undefined })).toEqual(defaults)
  })

  it.each<[SpanpagerOptions, string]>([
    [{ announceAfterMs: -1 }, 'announceAfterMs is -1'],
    [{ heartbeatMs: 10 }, 'heartbeatMs is 10'],
    [{ maxTracked: Number.NaN }, 'maxTracked is NaN'],
    [{ encoding: 'json' as never }, 'encoding is spans or logs'],
    [{ requests: { preset: 'litelm' } }, 'no preset "litelm"'],
    [{ llmRoutes: ['('] }, 'Invalid regular expression'],
  ])('%j are refused when the processor is made', (options, message) => {
    expect(() => new SpanpagerSpanProcessor(options)).toThrow(message)
  })
})

describe('optionsFromEnvironment', () => {
  it('reads every option that can be written as text', () => {
    const warnings: string[] = []
    const options = optionsFromEnvironment(
      {
        SPANPAGER_ANNOUNCE_AFTER_MS: '250',
        SPANPAGER_HEARTBEAT_MS: '2000',
        SPANPAGER_ENCODING: 'logs',
        SPANPAGER_ENDPOINT: 'http://spanpager:4318',
        SPANPAGER_PRESET: 'genai',
        SPANPAGER_LLM_ROUTES: '^/ask$ ^/v2/.{1,9}$',
        SPANPAGER_ATTRIBUTES: 'tenant.id, region',
        SPANPAGER_MAX_TRACKED: '5',
        SPANPAGER_MAX_OPEN_AGE_MS: '60000',
        SPANPAGER_SHUTDOWN_TIMEOUT_MS: '0',
      },
      (message) => warnings.push(message),
    )
    expect(options).toEqual({
      announceAfterMs: 250,
      heartbeatMs: 2000,
      encoding: 'logs',
      endpoint: 'http://spanpager:4318',
      requests: { preset: 'genai' },
      llmRoutes: ['^/ask$', '^/v2/.{1,9}$'],
      attributes: ['tenant.id', 'region'],
      maxTracked: 5,
      maxOpenAgeMs: 60_000,
      shutdownTimeoutMs: 0,
    })
    expect(warnings).toEqual([])
  })

  it.each([
    ['SPANPAGER_HEARTBEAT_MS', '10'],
    ['SPANPAGER_MAX_TRACKED', 'many'],
    ['SPANPAGER_ENCODING', 'json'],
  ])('leaves out %s=%s and says so', (name, value) => {
    const warnings: string[] = []
    const options = optionsFromEnvironment({ [name]: value }, (message) => warnings.push(message))
    expect(completeOptions(options)).toEqual(completeOptions({}))
    expect(warnings).toEqual([expect.stringContaining(`${name}=${value} is ignored`)])
  })

  it('takes an empty variable for an unset one', () => {
    const options = optionsFromEnvironment({ SPANPAGER_ENDPOINT: ' ' }, () => {})
    expect(options.endpoint).toBeUndefined()
  })
})
