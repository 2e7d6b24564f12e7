import type { ConsumeResult } from '../model/component.ts'

/**
 * Gives a batch to several consumers. Each takes what it needs before any of them waits, since the
 * batch may be reused after that; the sender is answered when the last one has it.
 */
export function fanOut<Batch extends unknown[]>(
  consumers: readonly ((...batch: Batch) => Promise<ConsumeResult>)[],
): (...batch: Batch) => Promise<ConsumeResult> {
  const [only] = consumers
  if (only !== undefined && consumers.length === 1) return only
  return async (...batch) => {
    const results = await Promise.all(consumers.map((consume) => consume(...batch)))
    return results.reduce<ConsumeResult>(
      (worst, result) => (result.rejected > worst.rejected ? result : worst),
      { rejected: 0, message: '' },
    )
  }
}
