import type { GroupValues } from '../model/record.ts'
import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'
import { cutTextTo } from '../lib/cut-text.ts'
import { hash64 } from '../lib/hash64.ts'
import { attributeText, wholeText } from './attribute-text.ts'

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
      const value = groupText(span.attribute(column)) ?? groupText(span.resourceAttribute(column))
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

/** Values that are cut stay apart by a hash of what was cut: else two groups would share one incident. */
function groupText(value: AttributeValue | undefined): string | undefined {
  const text = attributeText(value)
  if (text === undefined) return undefined
  const whole = wholeText(value)
  if (text === whole) return text
  const suffix = `~${hash64(whole)}`
  return cutTextTo(text, text.length - suffix.length) + suffix
}
