import type { Readable } from 'node:stream'
import type { BodyBuffers } from './body-buffers.ts'

export type BodyRead =
  /** `release` when nothing reads the body any more. */
  | { readonly kind: 'complete'; readonly body: Buffer; readonly release: () => void }
  | { readonly kind: 'too_large' }
  /** The sender left before the end. */
  | { readonly kind: 'gone' }

/** A sender that announces much and sends nothing shall not make us allocate it. */
const MAX_TRUSTED_BYTES = 1024 * 1024

/**
 * Reads a stream to its end into borrowed memory. Stops at the chunk that goes over `maxBytes`; the
 * rest of the stream is the caller's.
 *
 * @param announcedBytes Content-Length, if any: a hint at how much memory to begin with.
 */
export function readBody(
  stream: Readable,
  maxBytes: number,
  announcedBytes: number | undefined,
  buffers: BodyBuffers,
): Promise<BodyRead> {
  return new Promise((resolve) => {
    let buffer: Buffer | undefined
    let length = 0

    const giveBack = (): void => {
      if (buffer !== undefined) buffers.give(buffer)
      buffer = undefined
    }
    const finish = (read: BodyRead): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      // An error that comes after the end must not find the stream without a listener.
      stream.on('error', ignore)
      if (read.kind !== 'complete') giveBack()
      resolve(read)
    }
    const onData = (chunk: Buffer): void => {
      const needed = length + chunk.length
      if (needed > maxBytes) {
        finish({ kind: 'too_large' })
        return
      }
      if (buffer === undefined) {
        buffer = buffers.take(Math.max(needed, Math.min(announcedBytes ?? 0, MAX_TRUSTED_BYTES)))
      } else if (needed > buffer.length) {
        const larger = buffers.take(needed)
        buffer.copy(larger, 0, 0, length)
        giveBack()
        buffer = larger
      }
      chunk.copy(buffer, length)
      length = needed
    }
    const onEnd = (): void => {
      const body = buffer?.subarray(0, length) ?? EMPTY
      finish({ kind: 'complete', body, release: giveBack })
    }
    const onGone = (): void => finish({ kind: 'gone' })

    stream.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

const EMPTY = Buffer.alloc(0)

function ignore(): void {}
