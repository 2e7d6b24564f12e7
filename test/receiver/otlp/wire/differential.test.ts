import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../../bench/shapes.ts'
import { readBatch } from '../../../helpers/batch.ts'
import { decodersOf, refusalOf } from '../../../helpers/decoders.ts'
import { disordered } from '../../../helpers/disorder.ts'
import { TAKEN_KEYS, traces } from '../../../helpers/otlp-arbitraries.ts'
import { referenceBatch } from '../../../helpers/otlp-reference.ts'
import { encodeTraces, encodeTracesJson, traceRequestType } from '../../../helpers/otlp.ts'

const { protobuf, json } = decodersOf(TAKEN_KEYS)

function expectAsReference(body: Uint8Array): void {
  expect(readBatch(protobuf.decode(body).batch)).toEqual(referenceBatch(body, TAKEN_KEYS))
}

/** Any request, in the order and pieces of any encoder. */
const bodies = fc.record({ request: traces, seed: fc.nat() }).map(({ request, seed }) => {
  return disordered(traceRequestType(), encodeTraces(request), randomFrom(seed))
})

describe('the walk over protobuf', () => {
  it('agrees with protobufjs on any request', () => {
    fc.assert(fc.property(traces, (request) => expectAsReference(encodeTraces(request))))
  })

  it('agrees with it on fields out of order, unknown, and in pieces', () => {
    fc.assert(fc.property(bodies, expectAsReference), { numRuns: 300, endOnFailure: true })
  })

  it('refuses a request cut off anywhere but between two resources', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const differing = Array.from(body.keys()).filter((length) => {
          const cut = body.subarray(0, length)
          return (refusalOf(protobuf, cut) === undefined) !== isDecodable(cut)
        })
        expect(differing).toEqual([])
      }),
      { numRuns: 8, endOnFailure: true },
    )
  })

  it('survives flipped bits: a batch that protobufjs agrees with, or a Refusal', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (body, flips) => {
        const flipped = Uint8Array.from(body)
        for (const flip of flips) flipped[(flip >>> 3) % body.length]! ^= 1 << (flip & 7)
        if (refusalOf(protobuf, flipped) === undefined && isDecodable(flipped)) {
          expectAsReference(flipped)
        }
      }),
      { numRuns: 500, endOnFailure: true },
    )
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        expect(refusalOf(protobuf, body)?.code ?? 'invalid_argument').toBe('invalid_argument')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the scan of JSON', () => {
  it('agrees with the walk over protobuf on any request', () => {
    fc.assert(
      fc.property(traces, (request) => {
        const expected = readBatch(protobuf.decode(encodeTraces(request)).batch)
        expect(readBatch(json.decode(encodeTracesJson(request)).batch)).toEqual(expected)
      }),
    )
  })
})

function isDecodable(body: Uint8Array): boolean {
  try {
    traceRequestType().decode(body)
    return true
  } catch {
    return false
  }
}
