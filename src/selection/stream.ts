import type { AttributeColumns, AttributeValue, Span } from '../model/span.ts'
import type { FirstChunkAttribute } from './preset.ts'

const NANO_PER_UNIT = { s: 1e9, ms: 1e6 } as const

/** Time from the span's start to the first chunk of the answer: an integer in ns, -1 = unknown. */
export function createFirstChunkReader(
  attributes: readonly FirstChunkAttribute[],
  columns: AttributeColumns,
): (span: Span) => number {
  const numbered = attributes.map(({ key, unit }) => ({
    column: columns.of(key),
    factor: NANO_PER_UNIT[unit],
  }))
  return (span) => {
    for (const { column, factor } of numbered) {
      const nano = Math.round(numberOf(span.attribute(column)) * factor)
      if (Number.isSafeInteger(nano) && nano >= 0) return nano
    }
    return -1
  }
}

function numberOf(value: AttributeValue | undefined): number {
  if (typeof value === 'string' && value !== '') return Number(value)
  return typeof value === 'number' ? value : Number.NaN
}

/** Is the answer a stream? LiteLLM writes its booleans as Python does. */
export function createStreamReader(
  keys: readonly string[],
  columns: AttributeColumns,
): (span: Span) => boolean {
  const numbered = keys.map((key) => columns.of(key))
  return (span) => numbered.some((column) => isTrue(span.attribute(column)))
}

function isTrue(value: AttributeValue | undefined): boolean {
  return (
    value === true ||
    value === 'true' ||
    value === 'True' ||
    (typeof value === 'number' && value > 0)
  )
}
