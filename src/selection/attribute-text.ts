import { cutTextTo } from '../lib/cut-text.ts'
import type { AttributeValue, Span } from '../model/span.ts'

/** Longer values are cut: pages have room for names, and prompts must not come through. */
const MAX_LENGTH = 200

/** The value of an attribute as text; undefined for absent and empty ones. */
export function attributeText(value: AttributeValue | undefined): string | undefined {
  if (value === undefined) return undefined
  const text = typeof value === 'object' ? value.join(',') : String(value)
  return text === '' ? undefined : cutTextTo(text, MAX_LENGTH)
}

/** The first of the columns that has a value. */
export function firstText(span: Span, columns: readonly number[]): string | undefined {
  for (const column of columns) {
    const text = attributeText(span.attribute(column))
    if (text !== undefined) return text
  }
  return undefined
}
