import { describe, expect, it } from 'vitest'
import { encodeExportAnswer, encodeStatus } from '../../../src/receiver/otlp/answer.ts'
import { rpcCode } from '../../../src/receiver/otlp/status.ts'
import { readExportAnswer, readStatus } from './clients.ts'

describe('encodeExportAnswer', () => {
  it.each([
    [{ rejected: 0, message: '' }, {}],
    [{ rejected: 0, message: 'héllo' }, { partialSuccess: { errorMessage: 'héllo' } }],
    [{ rejected: 7, message: '' }, { partialSuccess: { rejectedSpans: 7 } }],
    [
      { rejected: 5_000_000_000, message: 'x' },
      { partialSuccess: { rejectedSpans: 5_000_000_000, errorMessage: 'x' } },
    ],
  ])('%o is read by protobufjs as %o', (answer, expected) => {
    expect(readExportAnswer(encodeExportAnswer(answer, 'traces', 'protobuf'))).toEqual(expected)
  })

  it('is the answer to logs in other words', () => {
    const body = encodeExportAnswer({ rejected: 7, message: 'x' }, 'logs', 'protobuf')
    expect(readExportAnswer(body, 'logs.v1.ExportLogsServiceResponse')).toEqual({
      partialSuccess: { rejectedLogRecords: 7, errorMessage: 'x' },
    })
  })

  it('writes the count as a string in JSON', () => {
    const answer = { rejected: 7, message: 'x' }
    expect(encodeExportAnswer(answer, 'traces', 'json').toString()).toBe(
      '{"partialSuccess":{"rejectedSpans":"7","errorMessage":"x"}}',
    )
    expect(encodeExportAnswer(answer, 'logs', 'json').toString()).toBe(
      '{"partialSuccess":{"rejectedLogRecords":"7","errorMessage":"x"}}',
    )
  })
})

describe('encodeStatus', () => {
  const status = {
    code: rpcCode.UNAVAILABLE,
    message: 'später',
    badRequest: true,
    retryAfterMs: 61_250,
  }

  it('is read by protobufjs', () => {
    expect(readStatus(encodeStatus(status, 'protobuf'))).toEqual({
      code: 14,
      message: 'später',
      details: {
        BadRequest: { fieldViolations: [{ description: 'später' }] },
        RetryInfo: { retryDelay: { seconds: 61, nanos: 250_000_000 } },
      },
    })
  })

  it('follows the JSON mapping of protobuf', () => {
    expect(JSON.parse(encodeStatus(status, 'json').toString())).toEqual({
      code: 14,
      message: 'später',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ description: 'später' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '61.25s' },
      ],
    })
  })

  it('leaves details out where there are none', () => {
    const plain = { ...status, badRequest: false, retryAfterMs: undefined }
    expect(encodeStatus(plain, 'json').toString()).toBe('{"code":14,"message":"später"}')
    expect(readStatus(encodeStatus(plain, 'protobuf')).details).toEqual({})
  })
})
