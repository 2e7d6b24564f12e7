import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../../bench/shapes.ts'
import { logsDecodersOf, refusalOf } from '../../../helpers/decoders.ts'
import { disordered } from '../../../helpers/disorder.ts'
import { TAKEN_KEYS } from '../../../helpers/otlp-arbitraries.ts'
import { logs } from '../../../helpers/otlp-logs-arbitraries.ts'
import { referenceLogs } from '../../../helpers/otlp-logs-reference.ts'
import { encodeLogs, encodeLogsJson, logsRequestType } from '../../../helpers/otlp-logs.ts'

const { protobuf, json } = logsDecodersOf(TAKEN_KEYS)

function expectAsReference(body: Uint8Array): void {
  expect(protobuf.decode(body)).toEqual({ ...referenceLogs(body, TAKEN_KEYS), warning: '' })
}

/** Any request, in the order and pieces of any encoder. */
const bodies = fc.record({ request: logs, seed: fc.nat() }).map(({ request, seed }) => {
  return disordered(logsRequestType(), encodeLogs(request), randomFrom(seed))
})

describe('the walk over logs in protobuf', () => {
  it('agrees with protobufjs on any request', () => {
    fc.assert(fc.property(logs, (request) => expectAsReference(encodeLogs(request))))
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

  it('survives flipped bits: records that protobufjs agrees with, or a Refusal', () => {
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

describe('the scan of logs in JSON', () => {
  it('agrees with the walk over protobuf on any request', () => {
    fc.assert(
      fc.property(logs, (request) => {
        expect(json.decode(encodeLogsJson(request))).toEqual(protobuf.decode(encodeLogs(request)))
      }),
    )
  })
})

function isDecodable(body: Uint8Array): boolean {
  try {
    logsRequestType().decode(body)
    return true
  } catch {
    return false
  }
}
