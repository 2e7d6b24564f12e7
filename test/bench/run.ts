/** All figures in one table each: `npm run bench`. */

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { measureOpenSpans } from './open-spans.ts'
import { measureReceive } from './receive.ts'
import { measureRecordings } from './recordings.ts'
import { measureDoor, measureSpanProcessor } from './span-processor.ts'
import { measureWalk } from './walk.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  v8: process.versions.v8,
  platform: `${process.platform} ${process.arch}`,
}

const SECTIONS: Readonly<Record<string, () => unknown>> = {
  'walk and JSON scanner against protobufjs reflection': () => [
    ...measureWalk('full'),
    ...measureWalk('lean'),
  ],
  'receive path, a collector in a process of its own': async () => [
    ...(await measureReceive('full')),
    ...(await measureReceive('lean')),
  ],
  'recordings of LiteLLM, bytes to windows': measureRecordings,
  'open spans, a million of them': measureOpenSpans,
  'SpanProcessor, ns a span': measureSpanProcessor,
  'SpanProcessor, its door': () => [measureDoor()],
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
