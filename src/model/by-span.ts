/**
 * What is asked of a span by its ids: trace id in four words, span id in two, as in RecordBatch.ids.
 * Words, because an object for each question would cost more than its answer.
 */
export type BySpan<T> = (
  t0: number,
  t1: number,
  t2: number,
  t3: number,
  s0: number,
  s1: number,
) => T
