import type { AttributeColumns } from './span.ts'

/** Columns in the order of their first request. */
export function createAttributeColumns(): AttributeColumns {
  const keys: string[] = []
  const numbers = new Map<string, number>()
  let frozen = false
  return {
    keys,
    of(key) {
      const known = numbers.get(key)
      if (known !== undefined) return known
      if (frozen) throw new Error(`attribute ${key} is asked for after the pipeline was built`)
      numbers.set(key, keys.length)
      return keys.push(key) - 1
    },
    freeze() {
      frozen = true
    },
  }
}
