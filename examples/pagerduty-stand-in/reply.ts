import type { Effect } from './incident-book.ts'

/** What the server says, and what the request did. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  /** `change`: a change event taken. `refused`: by our own checks. `fault`: by a planned fault. */
  readonly effect: Effect | 'change' | 'refused' | 'fault'
}

export function processed(effect: Effect | 'fault', dedupKey: unknown): Reply {
  const body = { status: 'success', message: 'Event processed', dedup_key: dedupKey }
  return { status: 202, effect, body }
}

export function changeProcessed(): Reply {
  const body = { status: 'success', message: 'Change event processed' }
  return { status: 202, effect: 'change', body }
}

export function invalid(errors: readonly string[]): Reply {
  const body = { status: 'invalid event', message: 'Event object is invalid', errors }
  return { status: 400, effect: 'refused', body }
}

export function refused(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers, effect: 'refused', body: { status: 'error', message } }
}
