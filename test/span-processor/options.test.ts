import { describe, expect, it } from 'vitest'
import { SpanpagerSpanProcessor, type SpanpagerOptions } from '../../src/index.ts'
import { ANNOUNCED_ATTRIBUTES } from '../../src/span-processor/announcement.ts'
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

  it.each([{ annouceAfter: 5000 }, { routingKey: 'a'.repeat(32) }, { annouceAfter: undefined }])(
    '%j is refused, and what there is instead is said',
    (options) => {
      const [name] = Object.keys(options)
      const create = () => new SpanpagerSpanProcessor(options as SpanpagerOptions)
      expect(create).toThrow(RangeError)
      expect(create).toThrow(`${name} is no option: announce, alone, announceAfterMs, `)
    },
  )

  it.each([
    ['gen_ai.prompt', 'prompts'],
    ['gen_ai.prompt.0.content', 'prompts'],
    ['gen_ai.input.messages', 'prompts'],
    ['gen_ai.output.messages', 'prompts'],
    ['user.email', 'e-mails'],
    ['http.request.header.authorization', 'keys'],
    ['url.full', 'keys'],
  ])('%s is never announced', (key, holds) => {
    const create = () => new SpanpagerSpanProcessor({ attributes: ['tenant.id', key] })
    expect(create).toThrow(RangeError)
    expect(create).toThrow(`attributes ${key} may hold ${holds}, which must not be announced`)
  })

  it('refuse none of the attributes that are announced anyway', () => {
    const attributes = ANNOUNCED_ATTRIBUTES
    expect(completeOptions({ attributes }).attributes).toEqual(attributes)
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

  it('leaves out an attribute that may hold prompts, says so, and takes the others', () => {
    const warnings: string[] = []
    const options = optionsFromEnvironment(
      { SPANPAGER_ATTRIBUTES: 'tenant.id,gen_ai.prompt,region' },
      (message) => warnings.push(message),
    )
    expect(completeOptions(options).attributes).toEqual(['tenant.id', 'region'])
    expect(warnings).toEqual([
      'SPANPAGER_ATTRIBUTES=gen_ai.prompt is ignored: it may hold prompts, which must not be announced',
    ])
  })

  it('takes an empty variable for an unset one', () => {
    const options = optionsFromEnvironment({ SPANPAGER_ENDPOINT: ' ' }, () => {})
    expect(options.endpoint).toBeUndefined()
  })
})
