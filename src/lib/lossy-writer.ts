import type { Writable } from 'node:stream'

/**
 * Writes to a stream that may fail at any time: the reader of a log leaves, its disk is full. What
 * the stream does not take is dropped. Without a listener its first error would end the process.
 */
export function createLossyWriter(stream: Writable): (text: string) => void {
  let guarded = false
  return (text) => {
    // Only now: until something is written, the stream's errors are not ours to take.
    if (!guarded) stream.on('error', drop)
    guarded = true
    stream.write(text)
  }
}

function drop(): void {}
