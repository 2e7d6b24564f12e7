import type { ConsumeResult, TracesConsumer } from '../model/component.ts'

/**
 * Gives a batch to several consumers. Each takes what it needs before any of them waits, since the
 * batch is reused after that; the sender is answered when the last one has it.
 */
export function fanOut(consumers: readonly TracesConsumer[]): TracesConsumer {
  const [only] = consumers
  if (only !== undefined && consumers.length === 1) return only
  return {
    async consumeTraces(batch, raw) {
      const results = await Promise.all(
        consumers.map((consumer) => consumer.consumeTraces(batch, raw)),
      )
      return results.reduce<ConsumeResult>(
        (worst, result) => (result.rejected > worst.rejected ? result : worst),
        { rejected: 0, message: '' },
      )
    },
  }
}
