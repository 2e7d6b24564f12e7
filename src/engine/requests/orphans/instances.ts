import type { Producer } from '../../../model/record.ts'

/** An instance that sent nothing for longer may be dead: then silence says nothing. */
const SILENT_AFTER_MS = 60_000
const MAX_INSTANCES = 10_000

/** One text per producer. */
export function instanceKey({ service, instance }: Producer): string {
  return `${service}\0${instance}`
}

/** When each instance was last heard of. */
export class Instances {
  /** Longest silent first; who is silent too long is not in it. */
  readonly #heardMs: Map<string, number>

  constructor(kept: readonly (readonly [string, number])[] = []) {
    this.#heardMs = new Map(kept)
  }

  hear(key: string, nowMs: number): void {
    this.#heardMs.delete(key)
    this.#heardMs.set(key, nowMs)
    for (const [oldest, heardMs] of this.#heardMs) {
      if (heardMs + SILENT_AFTER_MS >= nowMs && this.#heardMs.size <= MAX_INSTANCES) return
      this.#heardMs.delete(oldest)
    }
  }

  isSilent(key: string, nowMs: number): boolean {
    const heardMs = this.#heardMs.get(key)
    return heardMs === undefined || nowMs - heardMs > SILENT_AFTER_MS
  }

  /** JSON-serialisable. */
  snapshot(): (readonly [string, number])[] {
    return [...this.#heardMs]
  }
}
