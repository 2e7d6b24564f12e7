import { promisify } from 'node:util'
import {
  gunzip,
  gunzipSync,
  inflate as zlibInflate,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import { Refusal } from '../../model/refusal.ts'
import type { CompressionAlgorithm } from './options.ts'

interface Limits {
  readonly maxOutputLength: number
  readonly chunkSize: number
}

interface Inflater {
  readonly sync: (body: Buffer, limits: Limits) => Buffer
  readonly async: (body: Buffer, limits: Limits) => Promise<Buffer>
}

const INFLATERS: Record<CompressionAlgorithm, Inflater> = {
  gzip: { sync: gunzipSync, async: promisify<Buffer, Limits, Buffer>(gunzip) },
  deflate: { sync: inflateSync, async: promisify<Buffer, Limits, Buffer>(zlibInflate) },
  zstd: { sync: zstdDecompressSync, async: promisify<Buffer, Limits, Buffer>(zstdDecompress) },
}

/** Above this a trip to another thread costs less than it keeps others waiting. */
const MAX_SYNC_INPUT_BYTES = 256 * 1024
/** A small body that becomes larger than this is begun anew in another thread. */
const MAX_SYNC_OUTPUT_BYTES = 4 * 1024 * 1024

const MIN_CHUNK_BYTES = 16 * 1024
const MAX_CHUNK_BYTES = 1024 * 1024

/**
 * Decompresses a body; memory is bounded by `maxBytes` whatever the body claims.
 *
 * @throws Refusal `too_large` when it would become more, `invalid_argument` when it is broken.
 */
export async function inflate(
  body: Buffer,
  algorithm: CompressionAlgorithm,
  maxBytes: number,
): Promise<Buffer> {
  const inflater = INFLATERS[algorithm]
  // Spans shrink to an eighth or so: most bodies fit one chunk and need no joining.
  const chunkSize = Math.min(Math.max(body.length * 8, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES)
  try {
    if (body.length <= MAX_SYNC_INPUT_BYTES) {
      const maxOutputLength = Math.min(maxBytes, MAX_SYNC_OUTPUT_BYTES)
      try {
        return inflater.sync(body, { maxOutputLength, chunkSize })
      } catch (error) {
        if (!isTooLarge(error) || maxOutputLength === maxBytes) throw error
      }
    }
    return await inflater.async(body, { maxOutputLength: maxBytes, chunkSize })
  } catch (error) {
    if (isTooLarge(error)) {
      throw new Refusal('too_large', `the request decompresses to more than ${maxBytes} bytes`)
    }
    throw new Refusal('invalid_argument', `the request cannot be decompressed as ${algorithm}`, {
      cause: error,
    })
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
