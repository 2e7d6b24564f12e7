import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createBodyBuffers, type BodyBuffers } from '../../../src/receiver/otlp/body-buffers.ts'
import { readBody } from '../../../src/receiver/otlp/body.ts'

/** Counts what is lent and not given back. */
function countingBuffers(): BodyBuffers & { readonly lent: Set<Buffer> } {
  const buffers = createBodyBuffers()
  const lent = new Set<Buffer>()
  return {
    lent,
    take(minBytes) {
      const buffer = buffers.take(minBytes)
      lent.add(buffer)
      return buffer
    },
    give(buffer) {
      expect(lent.delete(buffer)).toBe(true)
      buffers.give(buffer)
    },
  }
}

function chunks(count: number, bytes: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.alloc(bytes, index))
}

describe('readBody', () => {
  it.each([undefined, 0, 3_000_000, 60_000_000])(
    'joins chunks, whatever was announced (%s)',
    async (announced) => {
      const buffers = countingBuffers()
      const sent = chunks(30, 100_000)
      const read = await readBody(Readable.from(sent), 3_000_000, announced, buffers)
      if (read.kind !== 'complete') throw new Error(read.kind)
      expect(read.body.equals(Buffer.concat(sent))).toBe(true)
      expect(buffers.lent.size).toBe(1)
      read.release()
      read.release()
      expect(buffers.lent.size).toBe(0)
    },
  )

  it('does not believe an announcement of much', async () => {
    const buffers = countingBuffers()
    const stream = new Readable({ read: () => undefined })
    const reading = readBody(stream, 64_000_000, 64_000_000, buffers)
    stream.push(Buffer.from('x'))
    stream.push(null)
    expect((await reading).kind).toBe('complete')
    expect([...buffers.lent].map((buffer) => buffer.length)).toEqual([1024 * 1024])
  })

  it('stops at the chunk that goes over the limit, and gives its memory back', async () => {
    const buffers = countingBuffers()
    const read = await readBody(Readable.from(chunks(3, 100)), 299, undefined, buffers)
    expect(read.kind).toBe('too_large')
    expect(buffers.lent.size).toBe(0)
  })

  it('gives its memory back when the sender leaves', async () => {
    const buffers = countingBuffers()
    for (const reason of [undefined, new Error('aborted')]) {
      const stream = new Readable({ read: () => undefined })
      const reading = readBody(stream, 1_000, undefined, buffers)
      stream.push(Buffer.from('x'))
      stream.once('data', () => stream.destroy(reason))
      expect((await reading).kind).toBe('gone')
      expect(buffers.lent.size).toBe(0)
    }
  })
})

describe('createBodyBuffers', () => {
  it('lends the same memory again, and keeps no more than a few', () => {
    const buffers = createBodyBuffers()
    const lent = Array.from({ length: 10 }, () => buffers.take(70_000))
    expect(new Set(lent).size).toBe(10)
    for (const buffer of lent) buffers.give(buffer)
    const again = Array.from({ length: 10 }, () => buffers.take(70_000))
    expect(again.filter((buffer) => lent.includes(buffer))).toHaveLength(4)
  })

  it('keeps no large ones', () => {
    const buffers = createBodyBuffers()
    const large = buffers.take(5 * 1024 * 1024)
    expect(large.length).toBe(8 * 1024 * 1024)
    buffers.give(large)
    expect(buffers.take(5 * 1024 * 1024)).not.toBe(large)
  })
})
