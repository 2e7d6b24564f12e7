import type { OpenBatch } from '../../../model/record.ts'

/** Signs of progress of a span. */
export interface Progress {
  /** From the start; -1 = unknown. */
  readonly firstChunkNano: number
  /** ns since the engine's epoch; -1 = unknown. */
  readonly progressNano: number
}

const NONE_SEEN: Progress = { firstChunkNano: -1, progressNano: -1 }

/** Signs of progress by slot, of the few that have any. */
export class OpenProgress {
  readonly #known = new Map<number, Progress>()

  of(slot: number): Progress {
    return this.#known.get(slot) ?? NONE_SEEN
  }

  /** undefined = none was seen. */
  seen(slot: number): Progress | undefined {
    return this.#known.get(slot)
  }

  set(slot: number, progress: Progress): void {
    this.#known.set(slot, progress)
  }

  delete(slot: number): void {
    this.#known.delete(slot)
  }

  /** `nowNano` since the engine's epoch; `provenWaitNano`: for how long it is known that nothing came. */
  note(batch: OpenBatch, row: number, slot: number, nowNano: number, provenWaitNano: number): void {
    const known = this.of(slot)
    let { firstChunkNano, progressNano } = known
    const ageNano = batch.progressAgeNano[row]!
    if (ageNano >= 0) {
      progressNano = later(progressNano, nowNano - ageNano)
      // A chunk came, at an unknown time: no wait is counted but what is proven.
      if (firstChunkNano < 0) firstChunkNano = provenWaitNano
    }
    if (batch.firstChunkNano[row]! >= 0) firstChunkNano = batch.firstChunkNano[row]!
    if (firstChunkNano !== known.firstChunkNano || progressNano !== known.progressNano) {
      this.#known.set(slot, { firstChunkNano, progressNano })
    }
  }
}

/** -1 is no time but says that none was seen; what came before the engine's epoch is negative, too. */
function later(knownNano: number, seenNano: number): number {
  const latest = knownNano === -1 ? seenNano : Math.max(knownNano, seenNano)
  return latest === -1 ? -2 : latest
}
