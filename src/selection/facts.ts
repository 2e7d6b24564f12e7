import type { RequestFacts } from '../model/outcome.ts'
import type { GroupValues } from '../model/record.ts'
import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'
import { printableErrorType } from './error-type.ts'
import type { LlmRoutes } from './llm-route.ts'
import type { PresetAttributes } from './preset.ts'

/** Longer values are cut: pages have room for names, and prompts must not come through. */
const MAX_LENGTH = 200

/** The value of an attribute as text; undefined for absent and empty ones. */
function textOf(value: AttributeValue | undefined): string | undefined {
  if (value === undefined || value === '') {
    return undefined
  }
  return cut(typeof value === 'object' ? value.join(',') : String(value))
}

/** Does not leave half of a surrogate pair behind. */
function cut(text: string): string | undefined {
  if (text.length <= MAX_LENGTH) {
    return text === '' ? undefined : text
  }
  const last = text.charCodeAt(MAX_LENGTH - 1)
  return text.slice(0, last >= 0xd8_00 && last <= 0xdb_ff ? MAX_LENGTH - 1 : MAX_LENGTH)
}

/** The first of the columns that has a value. */
export function firstText(span: Span, columns: readonly number[]): string | undefined {
  for (const column of columns) {
    const text = textOf(span.attribute(column))
    if (text !== undefined) {
      return text
    }
  }
  return undefined
}

export type ReadFacts = (
  span: Span,
  errorType: string | undefined,
  httpStatus: number | undefined,
) => RequestFacts

/** Facts that are an attribute's text, under the same names in presets. */
const NAMES = ['model', 'provider', 'operation', 'team', 'keyAlias'] as const

/** Reads what a page may say of a span, from the attributes that a preset names and no others. */
export function createFacts(
  attributes: PresetAttributes,
  columns: AttributeColumns,
  routes: LlmRoutes,
): ReadFacts {
  const named = NAMES.map((name) => ({
    name,
    numbered: attributes[name].map((key) => columns.of(key)),
  }))
  return (span, errorType, httpStatus) => {
    const facts: { -readonly [Name in keyof RequestFacts]: RequestFacts[Name] } = {}
    for (const { name, numbered } of named) {
      const text = firstText(span, numbered)
      if (text !== undefined) {
        facts[name] = text
      }
    }
    const route = textOf(routes.of(span))
    if (route !== undefined) {
      facts.route = route
    }
    if (errorType !== undefined) {
      facts.errorType = printableErrorType(errorType)
    }
    if (httpStatus !== undefined) {
      facts.httpStatus = httpStatus
    }
    return facts
  }
}

/** Distinct groups kept as one object each, so that rules may look them up by identity. */
const MAX_GROUPS = 20_000

/** The span's own attribute, else the resource's. Equal groups are the same object, up to a bound. */
export function createGroup(
  keys: readonly string[],
  columns: AttributeColumns,
): (span: Span) => GroupValues {
  const numbered = keys.map((key) => columns.of(key))
  const groups = new Map<string, GroupValues>()
  return (span) => {
    const values: (string | undefined)[] = []
    let key = ''
    for (const column of numbered) {
      const value = textOf(span.attribute(column)) ?? textOf(span.resourceAttribute(column))
      values.push(value)
      // Lengths keep apart what values with separators in them would mix up.
      key = value === undefined ? `${key}-` : `${key}${value.length}:${value}`
    }
    const known = groups.get(key)
    if (known !== undefined) return known
    if (groups.size >= MAX_GROUPS) groups.clear()
    groups.set(key, values)
    return values
  }
}
