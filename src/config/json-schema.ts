import { z } from 'zod'
import {
  type Component,
  EXPORTERS,
  EXTENSIONS,
  PROCESSORS,
  RECEIVERS,
} from '../pipeline/components.ts'
import { serviceConfig } from './service-config.ts'

type Json = Record<string, unknown>

/** JSON Schema of a whole configuration, made from the schemas that check it; for editors. */
export function configJsonSchema(): Json {
  const section = (components: readonly Component<unknown>[]): z.ZodType =>
    z
      .strictObject(
        Object.fromEntries(
          components.map(({ type, summary, schema }) => [type, schema.describe(summary)]),
        ),
      )
      .partial()
  const root = z.strictObject({
    receivers: section(RECEIVERS),
    processors: section(PROCESSORS),
    exporters: section(EXPORTERS),
    extensions: section(EXTENSIONS).optional(),
    service: serviceConfig,
  })
  // Draft 7 is what the editors' YAML support understands best.
  const json: Json = z.toJSONSchema(root, { io: 'input', target: 'draft-7' })
  const { $schema, definitions, properties, ...rest } = json
  return {
    $schema,
    title: 'spanpager configuration',
    ...rest,
    properties: Object.fromEntries(
      schemasIn(properties).map(([name, schema]) => [
        name,
        name === 'service' ? loosen(schema) : byId(schema),
      ]),
    ),
    definitions: { ...loosenAll(definitions), reference: REFERENCE },
  }
}

/** Components are named `type[/name]`. */
function byId({ properties, ...rest }: Json): Json {
  const patterns = schemasIn(properties).map(([type, schema]) => [
    `^${type}(/.+)?$`,
    loosen(schema),
  ])
  return { ...rest, patternProperties: Object.fromEntries(patterns) }
}

const REFERENCE = {
  description: 'A reference such as ${env:NAME}, ${env:NAME:-default} or ${file:path}',
  type: 'string',
  pattern: String.raw`\$\{.+\}`,
}

/**
 * What an editor sees is the text before references are replaced, in which one may stand for any
 * value, a number is taken where a string is wanted, and a map may be left empty.
 */
function loosen(schema: Json): Json {
  const { description, default: preset, ...inner } = schema
  const outer = {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
  }
  if (inner['type'] === 'string' && inner['pattern'] === undefined && inner['enum'] === undefined) {
    return { ...outer, ...inner, type: ['string', 'number', 'boolean'] }
  }
  if (inner['maximum'] === Number.MAX_SAFE_INTEGER) delete inner['maximum']
  const loose: Json = { ...inner }
  for (const key of ['properties', 'patternProperties'] as const) {
    if (inner[key] !== undefined) loose[key] = loosenAll(inner[key])
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    const below = inner[key]
    if (isSchema(below)) loose[key] = loosen(below)
  }
  if (loose['type'] === 'object') loose['type'] = ['object', 'null']
  return { ...outer, anyOf: [loose, { $ref: '#/definitions/reference' }] }
}

function loosenAll(schemas: unknown): Json {
  return Object.fromEntries(schemasIn(schemas).map(([key, schema]) => [key, loosen(schema)]))
}

function schemasIn(map: unknown): [string, Json][] {
  return Object.entries(map ?? {}).flatMap(([key, value]: [string, unknown]) =>
    isSchema(value) ? [[key, value]] : [],
  )
}

function isSchema(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
