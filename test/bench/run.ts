/** All figures in one table each: `npm run bench`. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  v8: process.versions.v8,
  platform: `${process.platform} ${process.arch}`,
}

/** Each loads its own modules, and later than the one before: what is loaded slows down the others. */
const SECTIONS: Readonly<Record<string, () => unknown>> = {
  async 'walk and JSON scanner against protobufjs reflection'() {
    const { measureWalk } = await import('./walk.ts')
    return [...measureWalk('full'), ...measureWalk('lean')]
  },
  async 'receive path, a collector in a process of its own'() {
    const { measureReceive } = await import('./receive.ts')
    return [...(await measureReceive('full')), ...(await measureReceive('lean'))]
  },
  async 'recordings of LiteLLM, bytes to windows'() {
    return (await import('./recordings.ts')).measureRecordings()
  },
  async 'open spans, a million of them'() {
    return (await import('./open-spans.ts')).measureOpenSpans()
  },
  async 'SpanProcessor, ns a span'() {
    return (await import('./span-processor.ts')).measureSpanProcessor()
  },
  async 'SpanProcessor, its door'() {
    return [(await import('./span-processor.ts')).measureDoor()]
  },
}

const results: Record<string, unknown> = { machine }
if (!values.json) console.table([machine])
for (const [title, measure] of Object.entries(SECTIONS)) {
  results[title] = await measure()
  if (values.json) continue
  process.stdout.write(`\n${title}\n`)
  console.table(results[title])
}
if (values.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
