import type { EventAction } from './event-check.ts'

/**
 * What may go wrong with one request.
 *
 * | kind                | the event is | the sender sees                                   |
 * | ------------------- | ------------ | ------------------------------------------------- |
 * | `status`            | not taken    | this status, these headers and body               |
 * | `html`              | taken if 2xx | a page of a proxy, default 502                    |
 * | `hang`              | not taken    | nothing                                           |
 * | `reset`             | not taken    | a connection reset                                |
 * | `accept_then_hang`  | taken        | nothing                                           |
 * | `accept_then_reset` | taken        | a connection reset                                |
 * | `maintenance`       | not applied  | 202: what a resolve gets in a maintenance window  |
 */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      /** A string is sent as it is, anything else as JSON. */
      readonly body?: unknown
    }
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'accept_then_hang' }
  | { readonly kind: 'accept_then_reset' }
  | { readonly kind: 'maintenance' }

export interface FaultPlan {
  /** How many requests it hits; Infinity = until cleared. Default 1. */
  readonly times?: number
  /** Hits these only; default all. */
  readonly only?: EventAction | 'change'
}

/** Faults in the order in which they will strike. */
export class FaultQueue {
  #planned: { readonly fault: Fault; readonly only: string | undefined; left: number }[] = []

  add(fault: Fault, plan: FaultPlan = {}): void {
    this.#planned.push({ fault, only: plan.only, left: plan.times ?? 1 })
  }

  clear(): void {
    this.#planned = []
  }

  /** The fault for a request of this kind, used up by it; `kind` is undefined where it is unreadable. */
  next(kind: string | undefined): Fault | undefined {
    const plan = this.#planned.find(({ only }) => only === undefined || only === kind)
    if (plan === undefined) return undefined
    plan.left -= 1
    if (plan.left <= 0) this.#planned = this.#planned.filter((other) => other !== plan)
    return plan.fault
  }
}
