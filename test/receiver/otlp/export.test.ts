import { describe, expect, it } from 'vitest'
import { createAttributeColumns } from '../../../src/model/attribute-columns.ts'
import type { TracesConsumer } from '../../../src/model/component.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import { createTracesDecoders } from '../../../src/receiver/otlp/decoders.ts'
import { createExport } from '../../../src/receiver/otlp/export.ts'
import { readBatch, type ReadSpan } from '../../helpers/batch.ts'
import { encodeTraces, encodeTracesJson } from '../../helpers/otlp.ts'
import { RecordingTelemetry, someSpans } from './running-receiver.ts'

function exporting(consumer: TracesConsumer) {
  const columns = createAttributeColumns()
  const decoders = createTracesDecoders(columns)
  const telemetry = new RecordingTelemetry()
  const exportTraces = createExport({
    id: 'otlp',
    signal: 'traces',
    decoders,
    consume: (batch, raw) => consumer.consumeTraces(batch, raw),
    telemetry: telemetry.receiver,
  })
  return { exportTraces, telemetry }
}

describe('an export', () => {
  it('has read the body when it returns: its memory may be used again at once', async () => {
    const seen: ReadSpan[] = []
    const { exportTraces } = exporting({
      consumeTraces(batch) {
        seen.push(...readBatch(batch).spans)
        return Promise.resolve({ rejected: 0, message: '' })
      },
    })
    for (const encode of [encodeTraces, encodeTracesJson]) {
      const encoding = encode === encodeTraces ? 'protobuf' : 'json'
      const body = encode(someSpans(2))
      const answer = exportTraces({ transport: 'http', encoding, body })
      body.fill(0xff)
      await answer
    }
    expect(seen.map((span) => span.name)).toEqual(['chat', 'chat', 'chat', 'chat'])
  })

  it('does not trouble the consumer with a request without spans', async () => {
    const { exportTraces, telemetry } = exporting({
      consumeTraces: () => Promise.reject(new Error('not to be called')),
    })
    const answer = await exportTraces({
      transport: 'grpc',
      encoding: 'protobuf',
      body: encodeTraces([]),
    })
    expect(answer).toHaveLength(0)
    expect(telemetry.broken).toEqual([])
  })

  it('rejects with a Refusal, also when a consumer throws at once', async () => {
    const fault = new RangeError('out of cheese')
    const { exportTraces, telemetry } = exporting({
      consumeTraces() {
        throw fault
      },
    })
    const error = await exportTraces({
      transport: 'http',
      encoding: 'json',
      body: encodeTracesJson(someSpans(3)),
    }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Refusal)
    expect(error).toMatchObject({ code: 'unavailable', cause: fault })
    expect(telemetry.broken).toEqual([fault])
    expect(telemetry.refused.http).toBe(3)
  })
})
