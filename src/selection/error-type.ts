/** A set of error types that does not mind how languages and libraries write them. */
export interface ErrorTypes {
  has(errorType: string): boolean
}

/** Distinct error types remembered; at the bound the memory starts anew. */
const MAX_REMEMBERED = 1024

/** Error types are names, not messages: longer ones are in no set. */
const MAX_LENGTH = 100

/**
 * Compares without case, spaces and punctuation, and with or without module names:
 * `asyncio.exceptions.CancelledError` is `CancelledError`, `client_disconnected` is
 * `ClientDisconnected`.
 */
export function createErrorTypes(names: readonly string[]): ErrorTypes {
  const known = new Set(names.map((name) => normalize(name)))
  const remembered = new Map<string, boolean>()
  return {
    has(errorType) {
      if (errorType.length > MAX_LENGTH) return false
      let found = remembered.get(errorType)
      if (found === undefined) {
        found = known.has(normalize(errorType)) || known.has(normalize(withoutModules(errorType)))
        if (remembered.size >= MAX_REMEMBERED) remembered.clear()
        remembered.set(errorType, found)
      }
      return found
    },
  }
}

function normalize(errorType: string): string {
  return errorType.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

function withoutModules(errorType: string): string {
  return errorType.slice(errorType.lastIndexOf('.') + 1)
}

/** Quotes, braces, line breaks, or more than three words. */
const MESSAGE = /[\n\r"'`{}]|(?:\S+\s+){3}\S/

/**
 * What a page may say of an error type. Where an instrumentation wrongly put a message into it, which
 * may quote a prompt, the conventions' fallback value is taken instead.
 */
export function printableErrorType(errorType: string): string {
  return errorType.length > MAX_LENGTH || MESSAGE.test(errorType) ? '_OTHER' : errorType
}
