import type { RequestFacts } from '../model/outcome.ts'
import type { AttributeColumns, Span } from '../model/span.ts'
import { attributeText, firstText } from './attribute-text.ts'
import { printableErrorType } from './error-type.ts'
import type { LlmRoutes } from './llm-route.ts'
import type { PresetAttributes } from './preset.ts'

export type FactsReader = (
  span: Span,
  errorType: string | undefined,
  httpStatus: number | undefined,
) => RequestFacts

/** Facts that are an attribute's text, under the same names in presets. */
const NAMES = ['model', 'provider', 'operation', 'team', 'keyAlias'] as const

/** Reads what a page may say of a span, from the attributes that a preset names and no others. */
export function createFactsReader(
  attributes: PresetAttributes,
  columns: AttributeColumns,
  routes: LlmRoutes,
): FactsReader {
  const named = NAMES.map((name) => ({
    name,
    numbered: attributes[name].map((key) => columns.of(key)),
  }))
  return (span, errorType, httpStatus) => {
    const facts: { -readonly [Name in keyof RequestFacts]: RequestFacts[Name] } = {}
    for (const { name, numbered } of named) {
      const text = firstText(span, numbered)
      if (text !== undefined) facts[name] = text
    }
    const route = attributeText(routes.of(span))
    if (route !== undefined) facts.route = route
    if (errorType !== undefined) facts.errorType = printableErrorType(errorType)
    if (httpStatus !== undefined) facts.httpStatus = httpStatus
    return facts
  }
}
