import { cutTextTo } from '../lib/cut-text.ts'
import type { AttributeValue, Span } from '../model/span.ts'

/** Longer values are cut: pages have room for names, and prompts must not come through. */
const MAX_LENGTH = 200

/** The value of an attribute as text; undefined for absent and empty ones. */
export function attributeText(value: AttributeValue | undefined): string | undefined {
  const text = wholeText(value)
  return text === '' ? undefined : cutTextTo(text, MAX_LENGTH)
}

/** The same, uncut; empty for absent ones. */
export function wholeText(value: AttributeValue | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? value.join(',') : String(value)
}

/** The first of the columns that has a value. */
export function firstText(span: Span, columns: readonly number[]): string | undefined {
  for (const column of columns) {
    const text = attributeText(span.attribute(column))
    if (text !== undefined) return text
  }
  return undefined
}
