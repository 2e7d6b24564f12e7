import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBatch } from '../../../helpers/batch.ts'
import { decodersOf } from '../../../helpers/decoders.ts'
import { TAKEN_KEYS, traces } from '../../../helpers/otlp-arbitraries.ts'
import { referenceBatch } from '../../../helpers/otlp-reference.ts'
import { encodeTraces, encodeTracesJson, traceRequestType } from '../../../helpers/otlp.ts'
import { itAgreesWithProtobufjs } from './agrees-with-protobufjs.ts'

const { protobuf, json } = decodersOf(TAKEN_KEYS)

function expectAsReference(body: Uint8Array): void {
  expect(readBatch(protobuf.decode(body).batch)).toEqual(referenceBatch(body, TAKEN_KEYS))
}

describe('the walk over protobuf', () => {
  itAgreesWithProtobufjs({
    requests: traces,
    encode: encodeTraces,
    requestType: traceRequestType,
    protobuf,
    expectAsReference,
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
