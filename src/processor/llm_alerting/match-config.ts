import { z } from 'zod'
import type { AttributeTest, MatchEntry, SpanTest } from '../../selection/preset.ts'
import { mayHold } from '../../alerting-options/guarded-attributes.ts'

/** `match:`, the vocabulary of presets in YAML: see selection/preset.ts. */

const value = z.union([z.string(), z.number(), z.boolean()])
const pattern = z.union([value, z.array(value).min(1)])
const attributeTest = z.union([pattern, z.strictObject({ exists: z.boolean() })])

const attributeTests = z.record(
  z.string().refine((key) => mayHold(key) === undefined, {
    error: (issue) => `may hold ${mayHold(String(issue.input))} and must not be read`,
  }),
  attributeTest,
)

const kind = z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'])
const status = z.enum(['unset', 'ok', 'error'])

export interface SpanTestConfig {
  name?: z.infer<typeof pattern> | undefined
  kind?: z.infer<typeof kind> | z.infer<typeof kind>[] | undefined
  scope?: z.infer<typeof pattern> | undefined
  resource?: Record<string, z.infer<typeof attributeTest>> | undefined
  parent?: 'none' | 'remote' | 'local' | 'entry' | undefined
  status?: z.infer<typeof status> | z.infer<typeof status>[] | undefined
  attributes?: Record<string, z.infer<typeof attributeTest>> | undefined
  llm_route?: boolean | undefined
  any?: SpanTestConfig[] | undefined
  not?: SpanTestConfig | undefined
}

const spanTestShape = {
  name: pattern.optional().describe('Name of the span; * any text, ? one character.'),
  kind: z.union([kind, z.array(kind).min(1)]).optional(),
  scope: pattern.optional().describe('Name of the instrumentation scope.'),
  resource: attributeTests.optional().describe('Resource attributes; { exists: true } as a test.'),
  parent: z
    .enum(['none', 'remote', 'local', 'entry'])
    .optional()
    .describe('entry: none or remote, or a SERVER or CONSUMER span whose flags do not say.'),
  status: z.union([status, z.array(status).min(1)]).optional(),
  attributes: attributeTests.optional().describe('Span attributes; { exists: true } as a test.'),
  llm_route: z.boolean().optional().describe('Whether its HTTP path is one of `llm_routes`.'),
  any: z.lazy((): z.ZodType<SpanTestConfig[]> => z.array(spanTestConfig).min(1)).optional(),
  not: z.lazy((): z.ZodType<SpanTestConfig> => spanTestConfig).optional(),
}

const spanTestConfig: z.ZodType<SpanTestConfig> = z
  .strictObject(spanTestShape)
  .meta({ id: 'SpanTest', description: 'All that is given must hold.' })

export const matchEntryConfig = z.strictObject({
  role: z
    .enum(['request', 'attempt', 'sign', 'unsure', 'ignored'])
    .optional()
    .describe('What a matching span is; default request.'),
  ...spanTestShape,
})

export function matchEntry({ role, ...test }: z.infer<typeof matchEntryConfig>): MatchEntry {
  return { ...(role === undefined ? {} : { role }), ...spanTest(test) }
}

function spanTest(config: SpanTestConfig): SpanTest {
  const { llm_route: llmRoute, any, not, name, kind: kinds, scope, resource, parent } = config
  const { status: statuses, attributes } = config
  return {
    ...(name === undefined ? {} : { name }),
    ...(kinds === undefined ? {} : { kind: kinds }),
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource: resource satisfies AttributeTests }),
    ...(parent === undefined ? {} : { parent }),
    ...(statuses === undefined ? {} : { status: statuses }),
    ...(attributes === undefined ? {} : { attributes: attributes satisfies AttributeTests }),
    ...(llmRoute === undefined ? {} : { llmRoute }),
    ...(any === undefined ? {} : { any: any.map(spanTest) }),
    ...(not === undefined ? {} : { not: spanTest(not) }),
  }
}

type AttributeTests = Readonly<Record<string, AttributeTest>>
