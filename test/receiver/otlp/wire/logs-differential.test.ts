import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logsDecodersOf } from '../../../helpers/decoders.ts'
import { TAKEN_KEYS } from '../../../helpers/otlp-arbitraries.ts'
import { logs } from '../../../helpers/otlp-logs-arbitraries.ts'
import { referenceLogs } from '../../../helpers/otlp-logs-reference.ts'
import { encodeLogs, encodeLogsJson, logsRequestType } from '../../../helpers/otlp-logs.ts'
import { itAgreesWithProtobufjs } from './agrees-with-protobufjs.ts'

const { protobuf, json } = logsDecodersOf(TAKEN_KEYS)

function expectAsReference(body: Uint8Array): void {
  expect(protobuf.decode(body)).toEqual({ ...referenceLogs(body, TAKEN_KEYS), warning: '' })
}

describe('the walk over logs in protobuf', () => {
  itAgreesWithProtobufjs({
    requests: logs,
    encode: encodeLogs,
    requestType: logsRequestType,
    protobuf,
    expectAsReference,
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
