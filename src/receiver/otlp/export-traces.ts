import type { RawRequest, TracesConsumer } from '../../model/component.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Telemetry } from '../../model/telemetry.ts'
import { encodeExportAnswer, type Encoding } from './answer.ts'
import type { TracesDecoder } from './decoder.ts'
import { refusalFrom, shorten } from './status.ts'

/**
 * Takes one export request, whatever brought it, and returns the encoded answer once the spans are
 * where they cannot be lost. Rejects with a Refusal, and with nothing else.
 *
 * The request's body is read before the call returns: its memory may be used again at once, without
 * waiting for the promise.
 */
export type ExportTraces = (request: RawRequest) => Promise<Buffer>

export interface ExportTracesOptions {
  /** Id of the receiver, `otlp[/name]`. */
  readonly id: string
  readonly decoders: Record<Encoding, TracesDecoder>
  readonly consumer: TracesConsumer
  readonly telemetry: Telemetry['receiver']
}

export function createExportTraces(options: ExportTracesOptions): ExportTraces {
  const { id, decoders, consumer, telemetry } = options

  return async (request) => {
    const { transport, encoding } = request
    // The decoder reuses the batch: what is needed after the wait is copied out of it.
    let spans = 0
    let badIds = 0
    try {
      const { batch, warning } = decoders[encoding].decode(request.body)
      spans = batch.count
      badIds = batch.rejected
      const result = spans === 0 ? NOTHING_TO_SAY : await consumer.consumeTraces(batch, request)
      const rejectedSpans = badIds + result.rejected
      telemetry.accepted(id, transport, spans - result.rejected)
      telemetry.refused(id, transport, rejectedSpans)
      const message = [badIdsMessage(badIds), result.message, warning]
        .filter((part) => part !== '')
        .join('; ')
      return encodeExportAnswer({ rejectedSpans, message: shorten(message) }, encoding)
    } catch (error) {
      if (!(error instanceof Refusal)) telemetry.broke(id, transport, error)
      telemetry.refused(id, transport, spans + badIds)
      throw refusalFrom(error)
    }
  }
}

const NOTHING_TO_SAY = { rejected: 0, message: '' }

function badIdsMessage(spans: number): string {
  if (spans === 0) return ''
  const [are, ids] =
    spans === 1
      ? ['span was', 'its trace id or span id is']
      : ['spans were', 'their trace ids or span ids are']
  return `${spans} ${are} rejected: ${ids} missing, of wrong length or all zeros`
}
