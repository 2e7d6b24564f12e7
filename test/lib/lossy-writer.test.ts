import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLossyWriter } from '../../src/lib/lossy-writer.ts'

describe('createLossyWriter', () => {
  it('drops what the stream does not take', async () => {
    const stream = new PassThrough({ encoding: 'utf8' })
    const write = createLossyWriter(stream)
    write('written\n')
    expect(stream.read()).toBe('written\n')
    stream.destroy(new Error('EPIPE'))
    await expect(once(stream, 'close')).rejects.toThrow('EPIPE')
    expect(() => write('lost\n')).not.toThrow()
  })

  it('leaves the errors of a stream alone that it never writes to', () => {
    const stream = new PassThrough()
    createLossyWriter(stream)
    expect(stream.listenerCount('error')).toBe(0)
  })
})
