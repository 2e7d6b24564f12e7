import fc from 'fast-check'
import type { Type } from 'protobufjs'
import { expect, it } from 'vitest'
import { randomFrom } from '../../../bench/shapes.ts'
import { refusalOf } from '../../../helpers/decoders.ts'
import { disordered } from '../../../helpers/disorder.ts'

export interface WalkUnderTest<T> {
  readonly requests: fc.Arbitrary<T>
  readonly encode: (request: T) => Uint8Array
  readonly requestType: () => Type
  readonly protobuf: Parameters<typeof refusalOf>[0]
  /** Holds what the walk reads in a body to what protobufjs reads in it. */
  readonly expectAsReference: (body: Uint8Array) => void
}

/** The tests of a walk over protobuf: whatever the bytes, protobufjs reads the same, or it refuses. */
export function itAgreesWithProtobufjs<T>(walk: WalkUnderTest<T>): void {
  const { requests, encode, requestType, protobuf, expectAsReference } = walk

  /** Any request, in the order and pieces of any encoder. */
  const bodies = fc.record({ request: requests, seed: fc.nat() }).map(({ request, seed }) => {
    return disordered(requestType(), encode(request), randomFrom(seed))
  })

  const isDecodable = (body: Uint8Array): boolean => {
    try {
      requestType().decode(body)
      return true
    } catch {
      return false
    }
  }

  it('agrees with protobufjs on any request', () => {
    fc.assert(fc.property(requests, (request) => expectAsReference(encode(request))))
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

  it('survives flipped bits: what protobufjs agrees with, or a Refusal', () => {
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
}
