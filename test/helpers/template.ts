import { encodeTraces, type TracesInput } from './otlp.ts'

/** An encoded request that can be sent again and again as new spans: ids and times are patched. */
export interface Template {
  readonly spans: number
  readonly bytes: number
  /** A copy with ids that no other `turn` has, and times that end at `endMs`: by default, now. */
  next(turn: number, endMs?: number): Buffer
}

/** The parts of a span that are patched, as they stand in the bytes. */
export interface Placed {
  /** Hex digits. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startUnixNano: bigint
  readonly endUnixNano: bigint
}

export function templateOf(body: Uint8Array, spans: readonly Placed[]): Template {
  const bytes = Buffer.from(body)
  const ids = new Set(
    spans.flatMap(({ traceId, spanId, parentSpanId }) => [traceId, spanId, parentSpanId ?? spanId]),
  )
  const idAt = [...ids].flatMap((id) => occurrences(bytes, Buffer.from(id, 'hex')))
  const times = new Set(
    spans.flatMap(({ startUnixNano, endUnixNano }) => [startUnixNano, endUnixNano]),
  )
  const timeAt = [...times].flatMap((time) => {
    const wanted = Buffer.alloc(8)
    wanted.writeBigUInt64LE(time)
    return occurrences(bytes, wanted).map((at) => ({ at, time }))
  })
  const latest = [...times].reduce((a, b) => (a > b ? a : b), 0n)
  return {
    spans: spans.length,
    bytes: bytes.length,
    next(turn, endMs = Date.now()) {
      const copy = Buffer.from(bytes)
      // The same change of the first word everywhere keeps parents and children together.
      for (const at of idAt) copy.writeUInt32BE((copy.readUInt32BE(at) ^ (turn + 1)) >>> 0, at)
      const shift = BigInt(endMs) * 1_000_000n - latest
      for (const { at, time } of timeAt) copy.writeBigUInt64LE(time + shift, at)
      return copy
    },
  }
}

export function templateOfTraces(traces: TracesInput): Template {
  const spans = traces.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.spans))
  return templateOf(
    encodeTraces(traces),
    spans.map(({ traceId, spanId, parentSpanId, startUnixNano = 0n, endUnixNano = 0n }) => ({
      traceId,
      spanId,
      parentSpanId,
      startUnixNano,
      endUnixNano,
    })),
  )
}

function occurrences(bytes: Buffer, wanted: Buffer): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found.push(at)
  return found
}
