/** How an ended request ended. `rejected`: the client's own fault, neither good nor bad. */
export type Outcome = 'ok' | 'failed' | 'rejected' | 'canceled'

export const OUTCOMES: readonly Outcome[] = ['ok', 'failed', 'rejected', 'canceled']

/** What a page may say of a request: an allow-list. Never prompts, messages, e-mails or keys. */
export interface RequestFacts {
  readonly model?: string
  readonly provider?: string
  readonly operation?: string
  readonly route?: string
  readonly team?: string
  /** The alias of a virtual key, never the key or its hash. */
  readonly keyAlias?: string
  /** `error.type` or the class of the exception; a low-cardinality identifier. */
  readonly errorType?: string
  readonly httpStatus?: number
}
