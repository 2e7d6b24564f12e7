import type { ConsumeResult, RawRequest, Signal } from '../../model/component.ts'
import { Refusal } from '../../model/refusal.ts'
import type { Telemetry } from '../../model/telemetry.ts'
import { encodeExportAnswer, type Encoding } from './answer.ts'
import type { Decoder } from './decoder.ts'
import { SIGNALS, WORDS_OF } from './signals.ts'
import { refusalFrom, shorten } from './status.ts'

/**
 * Takes one export request of a signal, whatever brought it, and returns the encoded answer once its
 * items are where they cannot be lost. Rejects with a Refusal, and with nothing else.
 *
 * The request's body is read before the call returns: its memory may be used again at once, without
 * waiting for the promise.
 */
export type Export = (request: RawRequest) => Promise<Buffer>

/** One per signal that is served. */
export type Exports = Readonly<Partial<Record<Signal, Export>>>

export function signalsOf(exports: Exports): Signal[] {
  return SIGNALS.filter((signal) => exports[signal] !== undefined)
}

export interface ExportOptions<Batch> {
  /** Id of the receiver, `otlp[/name]`. */
  readonly id: string
  readonly signal: Signal
  readonly decoders: Record<Encoding, Decoder<Batch>>
  readonly consume: (batch: Batch, request: RawRequest) => Promise<ConsumeResult>
  readonly telemetry: Telemetry['receiver']
}

export function createExport<Batch>(options: ExportOptions<Batch>): Export {
  const { id, signal, decoders, consume, telemetry } = options

  return async (request) => {
    const { transport, encoding } = request
    let good = 0
    let badIds = 0
    try {
      // The decoder may reuse the batch: what is needed after the wait is not read from it.
      const { batch, count, skipped, rejected, warning } = decoders[encoding].decode(request.body)
      good = count + skipped
      badIds = rejected
      const result = count === 0 ? NOTHING_TO_SAY : await consume(batch, request)
      const refused = badIds + result.rejected
      telemetry.accepted(id, transport, signal, good - result.rejected)
      telemetry.refused(id, transport, signal, refused)
      const message = [badIdsMessage(badIds, WORDS_OF[signal].item), result.message, warning]
        .filter((part) => part !== '')
        .join('; ')
      const answer = { rejected: refused, message: shorten(message) }
      return encodeExportAnswer(answer, signal, encoding)
    } catch (error) {
      if (!(error instanceof Refusal)) telemetry.broke(id, transport, error)
      telemetry.refused(id, transport, signal, good + badIds)
      throw refusalFrom(error)
    }
  }
}

const NOTHING_TO_SAY: ConsumeResult = { rejected: 0, message: '' }

function badIdsMessage(count: number, item: string): string {
  if (count === 0) return ''
  const [are, ids] =
    count === 1
      ? [`${item} was`, 'its trace id or span id is']
      : [`${item}s were`, 'their trace ids or span ids are']
  return `${count} ${are} rejected: ${ids} missing, of wrong length or all zeros`
}
