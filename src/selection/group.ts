import type { GroupValues } from '../model/record.ts'
import type { AttributeColumns, Span } from '../model/span.ts'
import { attributeText } from './attribute-text.ts'

/** Distinct groups kept as one object each, so that rules may look them up by identity. */
const MAX_GROUPS = 20_000

/** The span's own attribute, else the resource's. Equal groups are the same object, up to a bound. */
export function createGroupReader(
  keys: readonly string[],
  columns: AttributeColumns,
): (span: Span) => GroupValues {
  const numbered = keys.map((key) => columns.of(key))
  const groups = new Map<string, GroupValues>()
  return (span) => {
    const values: (string | undefined)[] = []
    let key = ''
    for (const column of numbered) {
      const value =
        attributeText(span.attribute(column)) ?? attributeText(span.resourceAttribute(column))
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
