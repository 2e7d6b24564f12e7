import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'

/** The first attribute that is an HTTP status, as a number or as text. */
export function createHttpStatusReader(
  keys: readonly string[],
  columns: AttributeColumns,
): (span: Span) => number | undefined {
  const numbered = keys.map((key) => columns.of(key))
  return (span) => {
    for (const column of numbered) {
      const status = statusOf(span.attribute(column))
      if (status !== undefined) return status
    }
    return undefined
  }
}

function statusOf(value: AttributeValue | undefined): number | undefined {
  if (typeof value === 'string') return /^[1-5]\d\d$/.test(value) ? Number(value) : undefined
  const isStatus =
    typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599
  return isStatus ? value : undefined
}
