/** Throws a RangeError for an option that does not exist: one that is misspelt would silently do nothing. */
export function checkKnownKeys(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new RangeError(`${key} is no option: ${known.join(', ')}`)
    }
  }
}
