import { describe, expect, it } from 'vitest'
import type { ConsumeResult } from '../../src/model/component.ts'
import { fanOut } from '../../src/pipeline/fan-out.ts'

const TAKEN: ConsumeResult = { rejected: 0, message: '' }

describe('fanOut', () => {
  it('gives a batch to all consumers before any of them waits', async () => {
    const { promise: waiting, resolve: release } = Promise.withResolvers<ConsumeResult>()
    const seen: string[] = []
    const consume = fanOut([
      (batch: string, raw: string) => {
        seen.push(`first ${batch} ${raw}`)
        return waiting
      },
      (batch: string, raw: string) => {
        seen.push(`second ${batch} ${raw}`)
        return Promise.resolve(TAKEN)
      },
    ])
    const consumed = consume('batch', 'raw')
    expect(seen).toEqual(['first batch raw', 'second batch raw'])
    release(TAKEN)
    expect(await consumed).toEqual(TAKEN)
  })

  it('answers with what the one that rejected most says', async () => {
    const answers = [{ rejected: 1, message: 'one' }, { rejected: 3, message: 'three' }, TAKEN]
    const consume = fanOut(answers.map((answer) => (_batch: string) => Promise.resolve(answer)))
    expect(await consume('batch')).toEqual({ rejected: 3, message: 'three' })
  })

  it('refuses when one refuses, and takes everything where there is nobody', async () => {
    const refusal = new Error('no room')
    const refusing = fanOut([
      (_batch: string) => Promise.resolve(TAKEN),
      (_batch: string) => Promise.reject(refusal),
    ])
    await expect(refusing('batch')).rejects.toBe(refusal)
    expect(await fanOut<[string]>([])('batch')).toEqual(TAKEN)
  })
})
