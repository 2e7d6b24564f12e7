import { describe, expect, it } from 'vitest'
import {
  createProducerWatch,
  type ProducerWatch,
} from '../../../src/processor/llm_alerting/producer-watch.ts'

function watched(): { watch: ProducerWatch; said: string[] } {
  const said: string[] = []
  const watch = createProducerWatch({
    processor: 'llm_alerting',
    preset: 'auto',
    maxLatenessMs: 300_000,
    telemetry: {
      changed: () => undefined,
      noticed: () => undefined,
      announced: () => undefined,
      journalFailed: () => undefined,
      nothingRecognised: (_, service, spans, preset) => said.push(`${service} ${spans} ${preset}`),
      clockOff: (_, service, direction, offMs) => said.push(`${service} ${direction} ${offMs}`),
    },
  })
  return { watch, said }
}

const at = (ms: number) => ({ oldestMs: ms, newestMs: ms })

describe('producer watch', () => {
  it('says once that 1,000 spans of a service held no request', () => {
    const { watch, said } = watched()
    watch.saw('a', 999, 0, undefined, 0)
    expect(said).toEqual([])
    watch.saw('a', 1, 0, undefined, 0)
    watch.saw('a', 5000, 0, undefined, 0)
    expect(said).toEqual(['a 1000 auto'])
  })

  it('says nothing of a service with a request among its spans', () => {
    const { watch, said } = watched()
    watch.saw('a', 10, 1, at(0), 0)
    watch.saw('a', 5000, 0, undefined, 0)
    expect(said).toEqual([])
  })

  it('names a service all of whose data is late for 30 s, and again after it was right', () => {
    const { watch, said } = watched()
    const late = (nowMs: number): void => watch.saw('a', 1, 1, at(nowMs - 400_000), nowMs)
    late(1000)
    late(30_999)
    expect(said).toEqual([])
    late(31_000)
    late(90_000)
    expect(said).toEqual(['a late 400000'])
    watch.saw('a', 1, 1, at(100_000), 100_000)
    late(110_000)
    late(140_000)
    expect(said.length).toBe(2)
  })

  it('names a service whose clock is ahead', () => {
    const { watch, said } = watched()
    watch.saw('a', 1, 1, at(7000), 1000)
    watch.saw('a', 1, 1, at(37_000), 31_000)
    expect(said).toEqual(['a ahead 6000'])
  })

  it('does not mind a little of either', () => {
    const { watch, said } = watched()
    for (let nowMs = 1_000_000; nowMs < 1_100_000; nowMs += 10_000) {
      watch.saw('a', 1, 1, at(nowMs + 4000), nowMs)
      watch.saw('b', 1, 1, at(nowMs - 299_000), nowMs)
    }
    expect(said).toEqual([])
  })

  it('forgets no service it watches, and takes no more than 1,000', () => {
    const { watch, said } = watched()
    for (let service = 0; service < 2000; service += 1) watch.saw(`s${service}`, 1, 0, undefined, 0)
    watch.saw('s1', 999, 0, undefined, 0)
    watch.saw('s1999', 5000, 0, undefined, 0)
    expect(said).toEqual(['s1 1000 auto'])
  })
})
