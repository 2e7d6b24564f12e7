import { afterEach, describe, expect, it } from 'vitest'
import { type Collector, createCollector, loadConfig } from '../src/collector.ts'

const CONFIG = `
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } } }
processors: { llm_alerting: }
exporters: { debug: }
service:
  telemetry: { logs: { encoding: json }, metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], processors: [llm_alerting], exporters: [debug] } }
`

let collector: Collector

afterEach(() => collector.shutdown())

/** A collector, and the messages of its log with the reason of the stop. */
function create(): string[] {
  const log: string[] = []
  const sources = { files: ['c.yaml'], sets: [], env: {}, readFile: () => CONFIG }
  const loaded = loadConfig(sources)
  if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.faults))
  collector = createCollector(loaded.config, {
    writeLog(line) {
      const { msg, reason }: { msg: string; reason?: string } = JSON.parse(line)
      log.push(reason === undefined ? msg : `${msg}: ${reason}`)
    },
  })
  return log
}

describe('a collector', () => {
  it('says once that it stops and has stopped, and why', async () => {
    const log = create()
    await Promise.all([collector.start(), collector.start()])
    expect(log.filter((line) => line.startsWith('ready'))).toHaveLength(1)
    await Promise.all([collector.shutdown(undefined, 'reload'), collector.shutdown()])
    await collector.shutdown()
    expect(log.slice(-2)).toEqual(['stopping: reload', 'stopped'])
    expect(log.filter((line) => line.startsWith('stop'))).toHaveLength(2)
  })

  it('stops because of a shutdown unless it is told otherwise', async () => {
    const log = create()
    await collector.start()
    await collector.shutdown()
    expect(log).toContain('stopping: shutdown')
  })

  it('is not ready any more when it is stopped while it starts', async () => {
    const log = create()
    const started = collector.start()
    await collector.shutdown()
    await started
    expect(log.filter((line) => line.startsWith('ready'))).toEqual([])
    expect(log).toContain('stopping: shutdown')
    expect(log.at(-1)).toBe('stopped')
    expect(collector.address('otlp', 'http')).toBeUndefined()
  })

  it('has nothing to say of a stop before the start', async () => {
    const log = create()
    await collector.shutdown()
    expect(log).toEqual([])
  })
})
