import { CorruptEntryError } from './corrupt-entry.ts'

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CorruptEntryError('text that is not JSON', { cause })
  }
}
