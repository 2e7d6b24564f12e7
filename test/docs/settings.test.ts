import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serviceConfig } from '../../src/config/service-config.ts'
import { pagerDutyConfig } from '../../src/exporter/pagerduty/config.ts'
import { healthCheckConfig } from '../../src/extension/health_check/config.ts'
import { llmAlertingConfig } from '../../src/processor/llm_alerting/config.ts'
import { PRESETS } from '../../src/selection/presets.ts'
import { otlpReceiverConfig } from '../../src/receiver/otlp/config.ts'
import { read, section, tableRows } from './markdown.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly default?: unknown
}

const jsonSchema = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema

const llmAlerting = jsonSchema(llmAlertingConfig)
const everythingElse: Schema = {
  properties: {
    receivers: { properties: { otlp: jsonSchema(otlpReceiverConfig) } },
    extensions: { properties: { health_check: jsonSchema(healthCheckConfig) } },
    service: jsonSchema(serviceConfig),
  },
}

/** Dotted keys to their schemas, down to what has no keys of its own, or what `stopAt` names. */
function settings(schema: Schema, stopAt: readonly string[] = [], path = ''): Map<string, Schema> {
  const found = new Map<string, Schema>()
  for (const [key, below] of Object.entries(schema.properties ?? {})) {
    const name = path === '' ? key : `${path}.${key}`
    if (below.properties === undefined || stopAt.includes(name)) found.set(name, below)
    else for (const entry of settings(below, stopAt, name)) found.set(...entry)
  }
  return found
}

/** As the tables write it. */
function written(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}

const LLM_ALERTING_README = 'src/processor/llm_alerting/README.md'
const tables: [file: string, heading: string, schema: Schema, complete: boolean][] = [
  ['README.md', 'processors: llm_alerting', llmAlerting, true],
  ['README.md', 'exporters: pagerduty', jsonSchema(pagerDutyConfig), true],
  ['README.md', 'Everything else', everythingElse, false],
  [LLM_ALERTING_README, '`rules`', llmAlerting.properties!['rules']!.items!, true],
  [
    LLM_ALERTING_README,
    '`requests.match`',
    llmAlerting.properties!['requests']!.properties!['match']!.items!,
    true,
  ],
  ['src/receiver/otlp/README.md', 'Options', jsonSchema(otlpReceiverConfig), true],
  ['src/exporter/pagerduty/README.md', 'pagerduty', jsonSchema(pagerDutyConfig), true],
  ['src/extension/health_check/README.md', 'health_check', jsonSchema(healthCheckConfig), true],
]

describe.each(tables)('the settings in %s, %s', (file, heading, schema, complete) => {
  const rows = tableRows(section(read(file), heading))
  const keys = rows.map(([key]) => key!)
  const known = settings(schema, keys)

  it('exist', () => {
    expect(keys.length).toBeGreaterThan(complete ? 0 : 3)
    expect([...known.keys()]).toEqual(expect.arrayContaining(keys))
  })

  it(complete ? 'are all there are' : 'are some of those there are', () => {
    const others = [...known.keys()].filter((key) => !keys.includes(key))
    expect(others.length === 0).toBe(complete)
  })

  it('have the defaults that they are said to have', () => {
    for (const [key, said] of rows) {
      const { default: value } = known.get(key!)!
      const nothing = Array.isArray(value) && value.length === 0 && said === 'none'
      if (value === undefined || nothing || said === PROMETHEUS) continue
      expect(said, key).toBe(written(value))
    }
  })
})

/** The default of `readers`, which has no short form. */
const PROMETHEUS = 'Prometheus on 8888'

describe('the presets', () => {
  it('are listed in the order of auto, with what is verified', () => {
    const part = section(read(LLM_ALERTING_README), 'Which span is the request')
    const listed = tableRows(part).filter(([, , state]) => state?.endsWith('verified'))
    expect(listed.map(([name, , state]) => [name, state])).toEqual(
      Array.from(PRESETS.values(), ({ name, verified }) => [
        name,
        verified ? 'verified' : 'unverified',
      ]),
    )
  })
})
