import type { AttributeValue } from '../../../model/span.ts'

/**
 * Values of announcements. Foreign implementations write numbers as text and leave things out. An
 * absent value and one that is not what it must be are told apart.
 */

const DECIMAL = /^\d+(\.\d+)?$/
const WHOLE = /^\d{1,20}$/
const MAX_UINT64 = 2n ** 64n - 1n

/** A length of time in ms; undefined = absent, NaN = malformed. */
export function millis(value: AttributeValue | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : Number.NaN
}

/** ms as ns: an integer, and no more than one can be; -1 = absent, NaN stays. */
export function toNano(ms: number | undefined): number {
  return ms === undefined ? -1 : Math.min(Math.round(ms * 1e6), Number.MAX_SAFE_INTEGER)
}

/** A time in ns since the Unix epoch, as text where it must be exact; 0 = absent, -1 = malformed. */
export function unixNano(value: AttributeValue | undefined): bigint {
  if (value === undefined || value === '') return 0n
  const isWhole = typeof value === 'string' ? WHOLE.test(value) : Number.isSafeInteger(value)
  if (!isWhole) return -1n
  const nano = BigInt(String(value))
  return nano >= 0n && nano <= MAX_UINT64 ? nano : -1n
}

/** Undefined = absent, or neither. */
export function flag(value: AttributeValue | undefined): boolean | undefined {
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : undefined
}

/** The words of an id in hex; undefined when it is none of that length. */
export function hexWords(value: AttributeValue | undefined, words: number): number[] | undefined {
  if (typeof value !== 'string' || value.length !== words * 8) return undefined
  if (!/^[0-9a-f]+$/i.test(value)) return undefined
  return Array.from({ length: words }, (_, at) =>
    Number.parseInt(value.slice(at * 8, at * 8 + 8), 16),
  )
}
