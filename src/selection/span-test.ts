import { compileGlob, literalOf } from '../lib/glob.ts'
import {
  SPAN_KIND,
  STATUS,
  type AttributeColumns,
  type AttributeValue,
  type Span,
} from '../model/span.ts'
import { isEntryPoint } from './entry-point.ts'
import type { LlmRoutes } from './llm-route.ts'
import type { AttributeTest, ParentTest, Pattern, PatternValue, SpanTest } from './preset.ts'

export type CompiledTest = (span: Span) => boolean

/** Compiles a test to a closure; asks for the columns of the attributes it reads. */
export function compileSpanTest(
  test: SpanTest,
  columns: AttributeColumns,
  routes: LlmRoutes,
): CompiledTest {
  const parts: CompiledTest[] = []
  // Cheap tests first: most spans of a busy pipeline fail at the first of them.
  if (test.kind !== undefined) {
    const kinds = new Set<number>(listOf(test.kind).map((kind) => SPAN_KIND[kind]))
    parts.push((span) => kinds.has(span.kind))
  }
  if (test.status !== undefined) {
    const statuses = new Set<number>(listOf(test.status).map((status) => STATUS[status]))
    parts.push((span) => statuses.has(span.statusCode))
  }
  if (test.scope !== undefined) {
    const matches = compilePattern(test.scope)
    parts.push((span) => matches(span.scopeName))
  }
  if (test.name !== undefined) {
    const matches = compilePattern(test.name)
    parts.push((span) => matches(span.name))
  }
  if (test.parent !== undefined) parts.push(PARENT_TESTS[test.parent])
  for (const [key, wanted] of Object.entries(test.resource ?? {})) {
    const column = columns.of(key)
    const holds = compileAttributeTest(wanted)
    parts.push((span) => holds(span.resourceAttribute(column)))
  }
  for (const [key, wanted] of Object.entries(test.attributes ?? {})) {
    const column = columns.of(key)
    const holds = compileAttributeTest(wanted)
    parts.push((span) => holds(span.attribute(column)))
  }
  const { llmRoute } = test
  if (llmRoute !== undefined) parts.push((span) => routes.test(span) === llmRoute)
  if (test.any !== undefined) {
    const some = test.any.map((each) => compileSpanTest(each, columns, routes))
    parts.push((span) => some.some((each) => each(span)))
  }
  if (test.not !== undefined) {
    const not = compileSpanTest(test.not, columns, routes)
    parts.push((span) => !not(span))
  }
  return (span) => {
    for (const part of parts) {
      if (!part(span)) return false
    }
    return true
  }
}

const PARENT_TESTS: Readonly<Record<ParentTest, CompiledTest>> = {
  none: (span) => span.parent === 'none',
  remote: (span) => span.parent === 'remote',
  local: (span) => !isEntryPoint(span),
  entry: isEntryPoint,
}

/** An absent or empty value matches no pattern, not even `*`. */
function compileAttributeTest(test: AttributeTest): (value: AttributeValue | undefined) => boolean {
  if (isPattern(test)) {
    const matches = compilePattern(test)
    return (value) => {
      if (typeof value === 'string') return value !== '' && matches(value)
      if (typeof value === 'object') return value.some((element) => matches(String(element)))
      return value !== undefined && matches(String(value))
    }
  }
  const { exists } = test
  return (value) => (value !== undefined && value !== '') === exists
}

function isPattern(test: AttributeTest): test is Pattern {
  return typeof test !== 'object' || Array.isArray(test)
}

function compilePattern(pattern: Pattern): (text: string) => boolean {
  const literals = new Set<string>()
  const globs: ((text: string) => boolean)[] = []
  for (const value of listOf<PatternValue>(pattern)) {
    const glob = String(value)
    const literal = literalOf(glob)
    if (literal === undefined) {
      globs.push(compileGlob(glob))
    } else {
      literals.add(literal)
    }
  }
  if (globs.length === 0) return (text) => literals.has(text)
  return (text) => literals.has(text) || globs.some((glob) => glob(text))
}

function listOf<T extends PatternValue>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'object' ? value : [value]
}
