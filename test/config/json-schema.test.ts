import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

describe('configJsonSchema', () => {
  it('is what docs/otel-config.schema.json holds (`spanpager schema`)', () => {
    expect(JSON.parse(read('docs/otel-config.schema.json'))).toEqual(configJsonSchema())
  })

  it('is what otel-config.yaml names for editors', () => {
    const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read('otel-config.yaml'))?.[1]
    expect(JSON.parse(read(named!))).toHaveProperty('title', 'spanpager configuration')
  })

  it('knows components by id, their keys and defaults, and takes references for any value', () => {
    expect(configJsonSchema()).toMatchObject({
      properties: {
        exporters: {
          additionalProperties: false,
          patternProperties: {
            '^pagerduty(/.+)?$': {
              anyOf: [
                {
                  type: ['object', 'null'],
                  additionalProperties: false,
                  required: ['routing_key'],
                  properties: {
                    routing_key: {
                      anyOf: [
                        { pattern: '^[A-Za-z0-9]{32}$', writeOnly: true },
                        { $ref: '#/definitions/reference' },
                      ],
                    },
                    timeout: { default: '10s' },
                  },
                },
                { $ref: '#/definitions/reference' },
              ],
            },
          },
        },
      },
    })
  })

  it('refers to nothing that it does not define', () => {
    const { definitions } = configJsonSchema()
    const references = JSON.stringify(configJsonSchema()).matchAll(/"#\/definitions\/([^"]+)"/g)
    for (const [, name] of references) expect(Object.keys(definitions as object)).toContain(name)
  })
})
