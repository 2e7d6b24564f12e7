/** Bytes that are no entry, or not the whole of one. */
export class CorruptEntryError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(`corrupt journal entry: ${message}`, options)
    this.name = 'CorruptEntryError'
  }
}
