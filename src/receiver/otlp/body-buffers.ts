/** Lends the memory that request bodies are read into. */
export interface BodyBuffers {
  /** At least that many bytes, with anything in them. */
  take(minBytes: number): Buffer
  /** Back from its borrower, who must not touch it again. */
  give(buffer: Buffer): void
}

const MIN_BYTES = 64 * 1024
/** Larger bodies are rare; what they leave behind goes to the garbage collector. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024
const KEPT_PER_SIZE = 4

/**
 * Keeps buffers that were given back, by powers of two: at most 32 MiB. Memory that is allocated and
 * dropped with every request drives the garbage collector into major collections.
 */
export function createBodyBuffers(): BodyBuffers {
  const kept = new Map<number, Buffer[]>()
  for (let size = MIN_BYTES; size <= MAX_KEPT_BYTES; size *= 2) kept.set(size, [])

  return {
    take(minBytes) {
      let size = MIN_BYTES
      while (size < minBytes) size *= 2
      return kept.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
    },
    give(buffer) {
      const buffers = kept.get(buffer.length)
      if (buffers !== undefined && buffers.length < KEPT_PER_SIZE) buffers.push(buffer)
    },
  }
}
