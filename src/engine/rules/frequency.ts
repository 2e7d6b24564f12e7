export interface Frequency<T extends string> {
  readonly value: T
  readonly count: number
}

/** Values and how often each is there, most frequent first. */
export function mostFrequent<T extends string>(values: readonly (T | undefined)[]): Frequency<T>[] {
  const counts = new Map<T, number>()
  for (const value of values) {
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return Array.from(counts, ([value, count]) => ({ value, count })).sort(byCount)
}

/** A tie goes by value, so that the order of arrival leaves no trace. */
export function byCount(a: Frequency<string>, b: Frequency<string>): number {
  return b.count - a.count || (a.value < b.value ? -1 : 1)
}
