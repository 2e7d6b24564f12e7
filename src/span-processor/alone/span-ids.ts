import { parentSpanIdOf, type SdkSpan } from '../sdk-span.ts'

const NO_PARENT = '0000000000000000'

/** Eight big-endian words: trace, span and parent, as records have them. */
export function idsOf(span: SdkSpan): number[] {
  const { traceId, spanId } = span.spanContext()
  return wordsOf(`${traceId}${spanId}${parentSpanIdOf(span) ?? NO_PARENT}`)
}

function wordsOf(hex: string): number[] {
  const words: number[] = []
  for (let at = 0; at < hex.length; at += 8) words.push(Number.parseInt(hex.slice(at, at + 8), 16))
  return words
}
